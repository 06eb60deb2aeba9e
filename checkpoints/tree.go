package checkpoints

import (
	"fmt"
	"strconv"

	"tweedie/checkpoints/internal/pickle"
)

const (
	maxDepth = 1000
	maxTree  = 64 << 20 // bytes, roughly, of all names and values
)

// tree flattens nested containers: names of dict keys, attributes and places in lists are joined by dots.
type tree struct {
	tensors []*Tensor
	values  []Value
	refused refusals
	open    map[any]bool // the containers that are being walked
	seen    map[any]bool // objects that were walked
	inside  int          // how many of the open ones are modules
	edm     bool         // they lie in one of EDM's
	why     string       // why the tensors of the module that is being walked cannot be read; "" when they can
	left    int
}

// flatten lists the tensors and values of an object in the order of the file.
func flatten(object any) (*tree, error) {
	w := &tree{open: map[any]bool{}, seen: map[any]bool{}, left: maxTree}
	name := ""
	switch object.(type) {
	case *torchTensor, *Tensor:
		name = "tensor"
	}
	return w, w.walk(name, true, object)
}

// charge limits the walk: a value that is shared is walked each time it is met.
func (w *tree) charge(n int) error {
	if w.left -= n; w.left < 0 {
		return fmt.Errorf("the names and values of the object, each written out where it occurs, take more than %d MiB", maxTree>>20)
	}
	return nil
}

// walk lists v; root says that its name is to be left out of those of its parts.
func (w *tree) walk(name string, root bool, v any) error {
	if err := w.charge(64 + len(name)); err != nil {
		return err
	}
	switch v := v.(type) {
	case *torchTensor:
		return w.tensor(name, v)
	case *noTensor:
		return w.refuse(name, "a tensor "+v.why)
	case *Tensor:
		t := *v
		t.Name = name
		w.tensors = append(w.tensors, &t)
		return nil
	case *storage:
		n := []any{int64(1)}
		t, err := v.tensor(v.dtype, v.parts, []any{v, int64(0), &pickle.Tuple{Items: []any{v.given}}, &pickle.Tuple{Items: n}}, nil)
		if err != nil {
			return err
		}
		return w.walk(name, root, t)
	case *module:
		return w.module(name, root, v, v)
	case *pickle.Array:
		return w.array(name, v)
	case *pickle.Dict:
		return w.dict(name, root, v)
	case *pickle.Object:
		return w.object(name, root, v)
	case *pickle.List:
		return w.list(name, root, v, v.Items)
	case *pickle.Tuple:
		return w.list(name, root, v, v.Items)
	case *pickle.Set:
		return w.list(name, root, v, v.Items)
	}
	x, ok, err := scalar(v)
	if ok && err == nil {
		w.values = append(w.values, Value{name, x})
	}
	return err
}

// enter marks a container as being walked, and refuses one that holds itself.
func (w *tree) enter(name string, c any) error {
	if w.open[c] {
		return fmt.Errorf("%.200q holds itself", name)
	}
	if len(w.open) >= maxDepth {
		return fmt.Errorf("%.200q is nested deeper than %d", name, maxDepth)
	}
	w.open[c] = true
	return nil
}

// part names a part of a container.
func part(name string, root bool, key string) string {
	if root {
		return key
	}
	return name + "." + key
}

func (w *tree) dict(name string, root bool, d *pickle.Dict) error {
	if err := w.enter(name, d); err != nil {
		return err
	}
	defer delete(w.open, d)
	for i, k := range d.Keys {
		if err := w.walk(part(name, root, keyName(i, k)), false, d.Values[i]); err != nil {
			return err
		}
	}
	return nil
}

// list lists a list of numbers, strings and the like as one value, any other one part by part.
func (w *tree) list(name string, root bool, c any, items []any) error {
	flat := make([]any, 0, min(len(items), 64))
	for _, v := range items {
		if err := w.charge(32); err != nil {
			return err
		}
		x, ok, err := scalar(v)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		flat = append(flat, x)
	}
	if len(flat) == len(items) {
		w.values = append(w.values, Value{name, flat})
		return nil
	}
	if err := w.enter(name, c); err != nil {
		return err
	}
	defer delete(w.open, c)
	for i, v := range items {
		if err := w.walk(part(name, root, strconv.Itoa(i)), false, v); err != nil {
			return err
		}
	}
	return nil
}

func (w *tree) tensor(name string, t *torchTensor) error {
	if w.why != "" {
		return w.refuse(name, w.why)
	}
	bytes, _ := byteSize(t.view.dtype, t.shape) // newView found it in range
	w.tensors = append(w.tensors, &Tensor{Name: name, DType: t.view.dtype, Shape: t.shape, Complex: t.complex, bytes: bytes, src: t.view})
	return nil
}

// refuse notes what cannot be read.
func (w *tree) refuse(name, why string) error {
	if err := w.charge(128 + len(why)); err != nil {
		return err
	}
	w.refused.add(name, why)
	w.values = append(w.values, Value{name, "<" + why + ">"})
	return nil
}
