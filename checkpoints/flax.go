package checkpoints

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"tweedie/checkpoints/internal/pickle"
)

// The extensions of flax: an array, a complex number, a numpy scalar.
const (
	flaxArray   = 1
	flaxComplex = 2
	flaxScalar  = 3
)

func knownExtension(kind int8) bool { return kind >= flaxArray && kind <= flaxScalar }

// isFlax reports whether a file begins with a map of msgpack that has a string for its first key.
func isFlax(head []byte) bool {
	if len(head) < 8 {
		head = append(append([]byte{}, head...), make([]byte, 8)...)
	}
	key := byte(0)
	switch c := head[0]; {
	case c > 0x80 && c < 0x90:
		key = head[1]
	case c == 0xde:
		key = head[3]
	case c == 0xdf:
		key = head[5]
	}
	return key >= 0xa0 && key < 0xc0 || key >= 0xd9 && key <= 0xdb
}

// readFlax reads what flax.serialization.to_bytes writes: a tree of maps in msgpack, with arrays at its leaves.
func readFlax(r io.ReaderAt, size int64) (*File, error) {
	p := &packed{r: r, size: size, ext: flaxLeaf}
	object, err := p.value()
	if err == nil && p.left() > 0 {
		err = fmt.Errorf("%d bytes follow the tree", p.left())
	}
	var w *tree
	if err == nil {
		w, err = flatten(object)
	}
	if err == nil && len(w.tensors) == 0 {
		err = errors.New("there are no arrays in it")
	}
	if err != nil {
		return nil, fmt.Errorf("flax: %w", err)
	}
	f := &File{Format: "flax", Values: w.values}
	return f, f.Add(w.tensors...)
}

// flaxTypes are numpy's names of the element types.
var flaxTypes = map[string]DType{
	"float64": F64, "float32": F32, "float16": F16, "bfloat16": BF16, "bool": BOOL,
	"int64": I64, "int32": I32, "int16": I16, "int8": I8, "uint64": U64, "uint32": U32, "uint16": U16, "uint8": U8,
}

// flaxLeaf is an array, from [shape, type, bytes], a numpy scalar, from the same, or a complex number, from [re, im].
func flaxLeaf(kind int8, content any) (any, error) {
	l, ok := content.(*pickle.List)
	if !ok {
		return nil, fmt.Errorf("an extension with %s in it, want an array", pickle.Kind(content))
	}
	if kind == flaxComplex {
		for _, v := range l.Items {
			switch v.(type) {
			case float64, int64:
			default:
				ok = false
			}
		}
		if !ok || len(l.Items) != 2 {
			return nil, errors.New("a complex number that is not two numbers")
		}
		return l, nil
	}
	t, err := flaxTensor(l.Items)
	if err != nil || kind == flaxArray {
		return t, err
	}
	if len(t.Shape) > 0 {
		return nil, fmt.Errorf("a scalar of shape %v", t.Shape)
	}
	return t.number()
}

func flaxTensor(parts []any) (*Tensor, error) {
	if len(parts) != 3 {
		return nil, fmt.Errorf("an array made of %d values, want shape, type and bytes", len(parts))
	}
	dims, ok := parts[0].(*pickle.List)
	name, ok2 := parts[1].(string)
	data, ok3 := parts[2].(*pickle.Bytes)
	if !ok || !ok2 || !ok3 {
		return nil, fmt.Errorf("an array made of %s, %s and %s, want shape, type and bytes", pickle.Kind(parts[0]), pickle.Short(parts[1]), pickle.Kind(parts[2]))
	}
	d := flaxTypes[name]
	if d == 0 {
		return nil, fmt.Errorf("an array of type %.80q, which cannot be read", name)
	}
	shape, err := flaxShape(dims.Items)
	if err != nil {
		return nil, err
	}
	if n, ok := byteSize(d, shape); !ok || n != data.Size() {
		return nil, fmt.Errorf("an array of type %s and shape %v in %d bytes", name, shape, data.Size())
	}
	return &Tensor{DType: d, Shape: shape, bytes: data.Size(), src: section{data, 0, data.Size()}}, nil
}

func flaxShape(dims []any) ([]int, error) {
	if len(dims) > maxRank {
		return nil, fmt.Errorf("an array with %d axes, the limit is %d", len(dims), maxRank)
	}
	shape := make([]int64, len(dims))
	for i, v := range dims {
		n, ok := v.(int64)
		if !ok || n < 0 {
			return nil, fmt.Errorf("an array with %s for the length of axis %d", pickle.Short(v), i)
		}
		shape[i] = n
	}
	return toInts(shape)
}

// number is the only element of t.
func (t *Tensor) number() (any, error) {
	if t.DType.IsFloat() {
		x, err := t.Float64s()
		if err != nil {
			return nil, err
		}
		return x[0], nil
	}
	if t.DType == U64 {
		b, err := t.Bytes()
		if err != nil {
			return nil, err
		}
		var be [8]byte
		for i, c := range b {
			be[7-i] = c
		}
		if v := new(big.Int).SetBytes(be[:]); !v.IsInt64() {
			return v, nil
		}
	}
	x, err := t.Int64s()
	if err != nil {
		return nil, err
	}
	if t.DType == BOOL {
		return x[0] != 0, nil
	}
	return x[0], nil
}
