package layers

import "tweedie/autodiff"

// Sequential runs layers one after the other.
type Sequential struct {
	name   string
	layers []Layer
	params []*autodiff.Param
}

// NewSequential makes a Sequential of layers, which were made at paths below p. It checks the layers against each other
// by an input of shape in; the zero Shape skips the check. The error says which layer does not fit.
func NewSequential(p Path, in autodiff.Shape, layers ...Layer) (*Sequential, error) {
	q := &Sequential{name: p.String(), layers: layers} // the full name, for errors of the check below
	for _, l := range layers {
		q.params = append(q.params, l.Params()...)
	}
	if in != (autodiff.Shape{}) {
		if _, err := OutShape(q.Forward, in); err != nil {
			return nil, err
		}
	}
	q.name = p.Local()
	return q, nil
}

// Params returns the parameters of the layers, in order.
func (q *Sequential) Params() []*autodiff.Param { return q.params }

// Forward passes x through every layer, and panics as they do.
func (q *Sequential) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(q.name)
	for _, l := range q.layers {
		x = l.Forward(c, x)
	}
	c.Close(x)
	return x
}

// Elementwise is a nonlinearity as a Layer without parameters.
type Elementwise struct{ Act Activation }

// Params returns nothing: an Elementwise has no parameters.
func (e Elementwise) Params() []*autodiff.Param { return nil }

// Forward applies the nonlinearity to x.
func (e Elementwise) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	return e.Act.Apply(s, x)
}
