// Package batch makes the constants of ops on a batch in which every sample has a noise level of its own.
package batch

import (
	"fmt"

	"tweedie/autodiff"
)

// Check panics with a *autodiff.ShapeError that names op unless x [B,...] has one level for each sample, along axis 0.
func Check(op string, x autodiff.Var, level []float64) {
	if x.Rank() == 0 || x.Dim(0) != len(level) {
		panic(&autodiff.ShapeError{Op: op, Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("%d noise levels were given; there must be one for each sample, along axis 0", len(level))})
	}
}

// Column returns the constant [B,1,...], of the rank of x [B,...], whose entry b is value(b).
func Column(s *autodiff.Scope, x autodiff.Var, value func(b int) float64) autodiff.Var {
	shape := x.Shape()
	for i := 1; i < shape.Rank(); i++ {
		shape = shape.With(i, 1)
	}
	return Fill(s, shape, value)
}

// Fill returns the constant of the given shape whose row-major entry i is value(i). It allocates nothing on the host;
// on a planning scope value is not called.
func Fill(s *autodiff.Scope, shape autodiff.Shape, value func(i int) float64) autodiff.Var {
	v := s.Input(shape)
	switch {
	case s.Mode()&autodiff.Plan != 0:
	case s.DType() == autodiff.F64:
		h := autodiff.Host[float64](v)
		for i := range h {
			h[i] = value(i)
		}
	default:
		h := autodiff.Host[float32](v)
		for i := range h {
			h[i] = float32(value(i))
		}
	}
	return v
}
