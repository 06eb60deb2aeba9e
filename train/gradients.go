package train

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/internal/kernel"
)

// Trainable returns the parameters among params that are learned, in the same order.
func Trainable(params []*autodiff.Param) []*autodiff.Param {
	var t []*autodiff.Param
	for _, p := range params {
		if p.Trainable() {
			t = append(t, p)
		}
	}
	return t
}

// Gradients holds one gradient in float32 for each trainable parameter, added up over micro-batches.
type Gradients struct {
	params []*autodiff.Param
	sum    [][]float32
	xs, gs []autodiff.Var
	empty  bool // nothing was added since Reset
	stale  bool // and sum still holds what was there before
}

// NewGradients returns a zero gradient for each trainable parameter among params.
func NewGradients(params []*autodiff.Param) *Gradients {
	g := &Gradients{params: Trainable(params), empty: true}
	for _, p := range g.params {
		g.sum = append(g.sum, make([]float32, p.Shape().Size()))
	}
	g.xs = make([]autodiff.Var, len(g.params))
	g.gs = make([]autodiff.Var, len(g.params))
	return g
}

// Params returns the trainable parameters, to which the gradients belong.
func (g *Gradients) Params() []*autodiff.Param { return g.params }

// Of returns the gradient of the i-th of Params in row-major order. It returns the storage of the gradient, not a copy:
// a write to it changes the gradient.
func (g *Gradients) Of(i int) []float32 {
	g.settle()
	return g.sum[i]
}

// Reset sets every gradient to zero. A slice that Of returned before may hold the old values until Of, Norm, Clip or
// Accumulate is called.
func (g *Gradients) Reset() { g.empty, g.stale = true, true }

// settle writes the zeros that Reset has put off; the next Accumulate, which most often overwrites them, spares that.
func (g *Gradients) settle() {
	if !g.stale {
		return
	}
	for _, s := range g.sum {
		clear(s)
	}
	g.stale = false
}

// Accumulate adds weight * d loss / d theta to the gradient of every parameter theta. loss has one element and was
// computed on the recording float32 scope s; its tape is used up and cannot be differentiated again (Scope.VJPLast). A
// parameter that loss does not use gets zero. It panics with a *autodiff.ValueError on a scope that records nothing or
// is not float32.
func (g *Gradients) Accumulate(s *autodiff.Scope, loss autodiff.Var, weight float64) {
	if !s.Recording() || s.DType() != autodiff.F32 {
		panic(&autodiff.ValueError{Op: "accumulate", Module: s.Path(), Msg: fmt.Sprintf("a gradient needs a recording float32 scope, not %v with recording=%v", s.DType(), s.Recording())})
	}
	for i, p := range g.params {
		g.xs[i] = s.Param(p)
	}
	e := s.ChildMode(autodiff.Eval)
	e.GradLast(loss, g.xs, g.gs)
	for i, v := range g.gs {
		if from := autodiff.Host[float32](v); g.empty {
			kernel.Affine(g.sum[i], from, float32(weight), 0)
		} else {
			kernel.Axpy(float32(weight), from, g.sum[i])
		}
	}
	g.empty, g.stale = false, false
	e.Close()
	clear(g.xs)
	clear(g.gs)
}

// Norm returns the Euclidean norm of all gradients together, added up in float64 in an order that depends on the shapes
// alone.
func (g *Gradients) Norm() float64 {
	g.settle()
	var sum float64
	for _, s := range g.sum {
		sum += kernel.Dot(s, s)
	}
	return math.Sqrt(sum)
}

// Clip scales every gradient by limit / max(norm, limit) and returns the norm before it. A limit of zero leaves the
// gradients as they are. So does a norm that is NaN or Inf, which the caller must look for.
func (g *Gradients) Clip(limit float64) (norm float64) {
	norm = g.Norm()
	if limit <= 0 || !(norm > limit) || math.IsInf(norm, 0) {
		return norm
	}
	for _, s := range g.sum {
		kernel.Affine(s, s, float32(limit/norm), 0)
	}
	return norm
}
