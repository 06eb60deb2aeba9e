// Package tree lists what a pickle, or a tree of maps, holds: its tensors under the keys that lead to them, joined by dots,
// and what else is in it as values.
package tree

import (
	"fmt"
	"strconv"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

// MaxDepth limits how deep containers may lie in each other.
const MaxDepth = 1000

const maxTree = 64 << 20 // bytes, roughly, of all names and values

// Tensor is a tensor without a name yet. The attributes that a program hung on it are dropped.
type Tensor struct{ Of *store.Tensor }

// Build drops the attributes.
func (*Tensor) Build(state any) error { return nil }

// Refused is a tensor that is there and cannot be read. Why follows the words "a tensor".
type Refused struct{ Why string }

// Build drops the attributes.
func (*Refused) Build(state any) error { return nil }

// Whole is an object that stands for another, and is listed as that.
type Whole interface{ Whole() (any, error) }

// Tree flattens nested containers: names of dict keys, attributes and places in lists are joined by dots.
type Tree struct {
	Tensors []*store.Tensor
	Values  []store.Value
	Refused store.Refusals

	open   map[any]bool              // the containers that are being walked
	seen   map[any]bool              // objects that were walked
	inside int                       // how many of the open ones are modules
	parts  func(class string) string // what is said of those of another class; nil where any is read
	why    string                    // why the tensors of the module that is being walked cannot be read; "" when they can
	left   int
}

// Flatten lists the tensors and values of an object in the order of the file.
func Flatten(object any) (*Tree, error) {
	w := &Tree{open: map[any]bool{}, seen: map[any]bool{}, left: maxTree}
	name := ""
	switch object.(type) {
	case *Tensor, *store.Tensor:
		name = "tensor"
	}
	return w, w.walk(name, true, object)
}

// charge limits the walk: a value that is shared is walked each time it is met.
func (w *Tree) charge(n int) error {
	if w.left -= n; w.left < 0 {
		return fmt.Errorf("the names and values of the object, each written out where it occurs, take more than %d MiB", maxTree>>20)
	}
	return nil
}

// walk lists v; root says that its name is to be left out of those of its parts.
func (w *Tree) walk(name string, root bool, v any) error {
	if err := w.charge(64 + len(name)); err != nil {
		return err
	}
	switch v := v.(type) {
	case *Tensor:
		return w.tensor(name, v)
	case *Refused:
		return w.refuse(name, "a tensor "+v.Why)
	case *store.Tensor:
		w.add(name, v)
		return nil
	case Whole:
		t, err := v.Whole()
		if err != nil {
			return err
		}
		return w.walk(name, root, t)
	case *Module:
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
		w.Values = append(w.Values, store.Value{Name: name, V: x})
	}
	return err
}

// enter marks a container as being walked, and refuses one that holds itself.
func (w *Tree) enter(name string, c any) error {
	if w.open[c] {
		return fmt.Errorf("%.200q holds itself", name)
	}
	if len(w.open) >= MaxDepth {
		return fmt.Errorf("%.200q is nested deeper than %d", name, MaxDepth)
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

func (w *Tree) dict(name string, root bool, d *pickle.Dict) error {
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
func (w *Tree) list(name string, root bool, c any, items []any) error {
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
		w.Values = append(w.Values, store.Value{Name: name, V: flat})
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

func (w *Tree) tensor(name string, v *Tensor) error {
	if w.why != "" {
		return w.refuse(name, w.why)
	}
	w.add(name, v.Of)
	return nil
}

// add lists a tensor under a name.
func (w *Tree) add(name string, v *store.Tensor) {
	t := *v
	t.Name = name
	w.Tensors = append(w.Tensors, &t)
}

// refuse notes what cannot be read.
func (w *Tree) refuse(name, why string) error {
	if err := w.charge(128 + len(why)); err != nil {
		return err
	}
	w.Refused.Add(name, why)
	w.Values = append(w.Values, store.Value{Name: name, V: "<" + why + ">"})
	return nil
}
