package tree

import (
	"fmt"

	"tweedie/checkpoints/internal/numpy"
	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
	"tweedie/internal/npy"
)

// numpyTypes are element types that numpy has from elsewhere.
var numpyTypes = map[string]store.DType{"bfloat16": store.BF16, "float8_e4m3fn": store.F8E4M3, "float8_e5m2": store.F8E5M2}

const maxText = 1 << 20 // bytes of an array of text; of a longer one only the type is told

// array lists a numpy array: numbers as a tensor, text and objects as a list.
func (w *Tree) array(name string, a *pickle.Array) error {
	if a.Type == "" {
		return w.refuse(name, "a numpy array without content, or with one that is not read")
	}
	if a.Items != nil {
		return w.list(name, false, a, a.Items)
	}
	if a.Kind == 0 {
		if err := w.charge(64 * int(min(maxText, a.Data.Size())) / max(1, a.Size)); err != nil {
			return err
		}
		words, ok, err := a.Text(maxText)
		if ok {
			w.Values = append(w.Values, store.Value{Name: name, V: words})
		}
		if ok || err != nil {
			return err
		}
	}
	if w.why != "" {
		return w.refuse(name, w.why)
	}
	if d := numpyTypes[a.Type]; d != 0 {
		load := store.Lazy(func() ([]byte, error) { return a.Data.ReadAll(a.Data.Size()) })
		if !a.Fortran && !a.Big {
			w.Tensors = append(w.Tensors, store.New(name, d, a.Shape, a.Data.Size(), load))
			return nil
		}
	}
	if a.Kind == 0 {
		return w.refuse(name, fmt.Sprintf("a numpy array of the element type %.40s, which is not read", a.Type))
	}
	h := npy.Header{Kind: a.Kind, Size: a.Size, Big: a.Big, Fortran: a.Fortran, Shape: a.Shape, Count: int(a.Data.Size()) / a.Size}
	w.Tensors = append(w.Tensors, numpy.Tensor(name, h, func() ([]byte, error) {
		b, err := a.Data.ReadAll(a.Data.Size())
		if err != nil {
			return nil, err
		}
		return npy.Normalize(h, b), nil
	}))
	return nil
}
