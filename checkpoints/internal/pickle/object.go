package pickle

import "fmt"

// Object is an instance of a class, or the result of a function, that is known by name only: what the pickle gave to it
// is data.
type Object struct {
	Class  Global
	Called bool  // by REDUCE: Class may be a function
	Args   []any // that it was made with
	State  any   // its attributes: a *Dict, a *Tuple of two for a class with slots, or what the class itself made of them
	List   *List // what was appended to it, nil when nothing was
	Dict   *Dict // what was set in it, nil when nothing was
}

// Build takes the attributes.
func (o *Object) Build(state any) error {
	if o.State != nil {
		return fmt.Errorf("two states for %.200q", o.Class.String())
	}
	o.State = state
	return nil
}

// Attributes returns the attributes by name: the State, where it is a dict, and the slots.
func (o *Object) Attributes() (list []*Dict) {
	parts := []any{o.State}
	if t, ok := o.State.(*Tuple); ok && len(t.Items) == 2 {
		parts = t.Items
	}
	for _, p := range parts {
		if d, ok := p.(*Dict); ok {
			list = append(list, d)
		} else if p != nil {
			return nil
		}
	}
	return list
}

// append adds what lies on the stack behind an object that is a list or a set.
func (o *Object) append(items []any) {
	if o.List == nil {
		o.List = &List{}
	}
	o.List.Items = append(o.List.Items, items...)
}

// dict is where an object that is a dict keeps its items.
func (o *Object) dict() *Dict {
	if o.Dict == nil {
		o.Dict = &Dict{}
	}
	return o.Dict
}
