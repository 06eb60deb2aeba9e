package inverse_test

import (
	"testing"

	"tweedie/autodiff"
)

// TestOnTheTape: an operator is a linear map of the tape, sample by sample of a batch, and its VJP is the adjoint.
func TestOnTheTape(t *testing.T) {
	op := build(t, autodiff.S(2, 5, 8), `{"kind":"compose","ops":[{"kind":"blur","gaussian":{"size":3,"std":0.7}},{"kind":"dft","low":{"rows":2,"cols":3}}]}`)
	n, m := op.InShape().Size(), op.OutShape().Size()
	x, ct := normals(3*n, 1), normals(3*m, 2)
	s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
	defer s.Close()
	in := s.Watch(s.Const64(autodiff.S(3).Concat(op.InShape()), x))
	out := s.LinearMap(in, op)
	grads := make([]autodiff.Var, 1)
	s.VJP([]autodiff.Var{out}, []autodiff.Var{s.Const64(out.Shape(), ct)}, []autodiff.Var{in}, grads)
	y, g := make([]float64, 3*m), make([]float64, 3*n)
	out.CopyTo64(y)
	grads[0].CopyTo64(g)
	for b := range 3 {
		near(t, "A x on the tape", y[b*m:][:m], apply(op, x[b*n:][:n]), 0)
		want := make([]float64, n)
		op.Adjoint(want, ct[b*m:][:m])
		near(t, "its VJP", g[b*n:][:n], want, 0)
	}
}
