package flows

import (
	"slices"

	"tweedie/autodiff"
	"tweedie/layers"
)

// Ordering permutes the values of a sample: Forward z_j = x_{order j}. It has no parameters, and the log-determinant 0.
type Ordering struct {
	name     string
	to, from []int
}

// NewOrdering makes an Ordering; p names it in errors. The error says that order is no permutation of 0..len-1.
func NewOrdering(p layers.Path, order []int) (*Ordering, error) {
	o := &Ordering{name: p.Local(), to: slices.Clone(order), from: make([]int, len(order))}
	for i, j := range slices.Sorted(slices.Values(order)) {
		if i != j {
			return nil, p.Errorf("ordering", "order %v: want every number from 0 to %d once", order, len(order)-1)
		}
	}
	for i, j := range order {
		o.from[j] = i
	}
	return o, nil
}

// Params returns nothing.
func (o *Ordering) Params() []*autodiff.Param { return nil }

// Dim returns the number of values in a sample.
func (o *Ordering) Dim() int { return len(o.to) }

// Forward maps data x [B,D] to latents z [B,D]. It panics with a *autodiff.ShapeError when x is not [B,D].
func (o *Ordering) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	return o.run(s, x, o.to)
}

// Inverse maps latents z [B,D] to data x [B,D]. It panics with a *autodiff.ShapeError when z is not [B,D].
func (o *Ordering) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	return o.run(s, z, o.from)
}

func (o *Ordering) run(s *autodiff.Scope, x autodiff.Var, order []int) (y, logdet autodiff.Var) {
	c := s.Enter(o.name)
	rows(c, "ordering", x, len(o.to))
	y, logdet = c.Gather(x, 1, order), c.Zeros(autodiff.S(x.Dim(0)))
	c.Close(y, logdet)
	return y, logdet
}
