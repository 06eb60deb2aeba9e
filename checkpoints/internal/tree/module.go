package tree

import (
	"fmt"
	"strings"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

// Module is a network or a part of one: a dict of what it holds.
type Module struct {
	Class string // as its maker names it; "" of a module of torch
	State *pickle.Dict
	Why   string                    // why its tensors cannot be read; "" when they can
	Parts func(class string) string // why those of a part of another class, which has weights of its own, cannot be read

	torch string // the class of a module of torch
}

// module lists a module as state_dict does: its parameters, then its buffers, then its parts. Of the outermost module
// and its own parts, the class, the arguments of the constructor (_init_args, _init_kwargs) and the plain attributes
// are values. self is what stands for the module in the file.
func (w *Tree) module(name string, root bool, self any, m *Module) error {
	if err := w.enter(name, self); err != nil {
		return err
	}
	w.inside++
	why, parts := w.why, w.parts
	switch {
	case m.Why != "":
		w.why = m.Why
	case m.Class != "":
		w.parts = m.Parts
	case parts != nil && m.weights():
		w.why = parts(m.torch)
	}
	defer func() { w.inside, w.why, w.parts = w.inside-1, why, parts; delete(w.open, self) }()
	if w.inside <= 2 {
		if err := w.attributes(name, root, m); err != nil {
			return err
		}
	}
	transient := map[any]bool{}
	if set, ok := m.member("_non_persistent_buffers_set").(*pickle.Set); ok {
		for _, k := range set.Items {
			if s, ok := k.(string); ok {
				transient[s] = true
			}
		}
	}
	for _, kind := range []string{"_parameters", "_buffers", "_modules"} {
		v := m.member(kind)
		d, ok := v.(*pickle.Dict)
		if v == nil {
			continue
		}
		if !ok {
			return fmt.Errorf("%s of %.200q is %s, want a dict", kind, name, pickle.Kind(v))
		}
		for i, k := range d.Keys {
			s, ok := k.(string)
			if !ok {
				return fmt.Errorf("%s of %.200q has a key that is %s", kind, name, pickle.Kind(k))
			}
			v := d.Values[i]
			if v == nil || kind == "_buffers" && transient[s] {
				continue
			}
			if _, ok := moduleOf(v); ok && kind != "_modules" {
				return fmt.Errorf("%q in %s of %.200q is a module", s, kind, name)
			}
			if err := w.walk(part(name, root, s), false, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// moduleOf returns what is known of a module: one that its maker named, or an object with the members that every module of torch has.
func moduleOf(v any) (*Module, bool) {
	switch v := v.(type) {
	case *Module:
		return v, true
	case *pickle.Object:
		for _, state := range v.Attributes() {
			m := &Module{State: state, torch: v.Class.String()}
			_, params := m.member("_parameters").(*pickle.Dict)
			_, parts := m.member("_modules").(*pickle.Dict)
			if params && parts {
				return m, true
			}
		}
	}
	return nil, false
}

// weights reports whether a module has parameters or buffers of its own.
func (m *Module) weights() bool {
	for _, kind := range []string{"_parameters", "_buffers"} {
		if d, ok := m.member(kind).(*pickle.Dict); ok && len(d.Keys) > 0 {
			return true
		}
	}
	return false
}

// member returns an entry of the state, nil when there is none.
func (m *Module) member(key string) any {
	v, _ := m.State.Get(key)
	return v
}

// attributes lists the class, the arguments of the constructor, and attributes that are numbers, strings or lists of
// such; not the flag of training and what torch keeps for itself, which begins with an underscore.
func (w *Tree) attributes(name string, root bool, m *Module) error {
	if m.Class != "" {
		w.Values = append(w.Values, store.Value{Name: part(name, root, "class_name"), V: m.Class})
	}
	for i, k := range m.State.Keys {
		key, _ := k.(string)
		v := m.State.Values[i]
		switch v := v.(type) {
		case *pickle.Dict, *pickle.Tuple, *pickle.List:
			if key != "_init_kwargs" && key != "_init_args" {
				continue
			}
		default:
			if _, ok, err := scalar(v); !ok || err != nil || strings.HasPrefix(key, "_") || key == "training" {
				continue
			}
		}
		if err := w.walk(part(name, root, key), false, v); err != nil {
			return err
		}
	}
	return nil
}
