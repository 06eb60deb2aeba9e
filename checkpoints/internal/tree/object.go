package tree

import (
	"fmt"
	"strings"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

// object lists an instance of a class that is known by name only: a value that names it; its attributes, and what it holds
// as a list or dict, where it is met first and not too deep. A module is listed as one.
func (w *Tree) object(name string, root bool, o *pickle.Object) error {
	label := name
	if root {
		label = "object"
	}
	if m, ok := moduleOf(o); ok {
		if err := w.note(label, o, "module"); err != nil || strings.HasPrefix(name, hyperParameters) {
			return err
		}
		return w.module(name, root, o, m)
	}
	if o.Class != namespace {
		if err := w.note(label, o, ""); err != nil {
			return err
		}
	}
	if w.seen[o] || len(w.open) > MaxDepth-margin {
		return nil
	}
	w.seen[o] = true
	if err := w.enter(name, o); err != nil {
		return err
	}
	defer delete(w.open, o)
	dicts := o.Attributes()
	if o.Dict != nil {
		dicts = append(dicts, o.Dict)
	}
	for _, d := range dicts {
		if err := w.dict(name, root, d); err != nil {
			return err
		}
	}
	if t, ok := o.State.(*pickle.Tuple); ok && o.Attributes() == nil {
		return w.list(name, root, t, t.Items)
	}
	if o.List != nil {
		return w.list(name, root, o.List, o.List.Items)
	}
	if !o.Called && o.State == nil && holds(o.Args) { // a namedtuple
		return w.list(name, root, &o.Args, o.Args)
	}
	return nil
}

const margin = 100 // of the depth, for what lies in the last object

var namespace = pickle.Global{Module: "argparse", Name: "Namespace"}

// hyperParameters is where Lightning keeps the arguments of a model. A module among them is the model as it was made, or the
// same as in the state_dict, and its tensors are not listed.
const hyperParameters = "hyper_parameters."

// note lists an object as a value, <class(arguments)>, and remembers it as no tensor.
func (w *Tree) note(name string, o *pickle.Object, kind string) error {
	if kind == "" {
		if err := w.refuse(name, store.AnObject+written(o)); err != nil {
			return err
		}
		w.Values[len(w.Values)-1].V = "<" + written(o) + ">"
		return nil
	}
	if err := w.charge(256); err != nil {
		return err
	}
	w.Values = append(w.Values, store.Value{Name: name, V: "<" + kind + " " + written(o) + ">"})
	return nil
}

// written is an object as text: the class and the first arguments.
func written(o *pickle.Object) string {
	class := strings.TrimPrefix(strings.TrimPrefix(o.Class.String(), "__builtin__."), "builtins.")
	if class == "xrange" { // Python 2's name
		class = "range"
	}
	if len(o.Args) == 0 {
		return fmt.Sprintf("%.200s", clean(class))
	}
	words := make([]string, 0, 4)
	for i, a := range o.Args {
		if i == 3 && len(o.Args) > 4 {
			words = append(words, "...")
			break
		}
		words = append(words, pickle.Short(a))
	}
	return fmt.Sprintf("%.200s(%s)", clean(class), strings.Join(words, ", "))
}

// clean replaces what is not printable in a name.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, name)
}

// holds reports whether there is more in a list than numbers, text and names.
func holds(items []any) bool {
	for _, v := range items {
		switch v.(type) {
		case *pickle.Dict, *pickle.List, *pickle.Tuple, *pickle.Object, *pickle.Array, *Tensor, *Refused:
			return true
		}
	}
	return false
}
