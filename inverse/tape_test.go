package inverse_test

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse/internal/optest"
)

// TestOnTheTape: an operator is a linear map of the tape, sample by sample of a batch, and its VJP is the adjoint.
func TestOnTheTape(t *testing.T) {
	op := optest.Build(t, autodiff.S(2, 5, 8), `{"kind":"compose","ops":[{"kind":"blur","gaussian":{"size":3,"std":0.7}},{"kind":"dft","low":{"rows":2,"cols":3}}]}`)
	n, m := op.InShape().Size(), op.OutShape().Size()
	x, ct := optest.Normals(3*n, 1), optest.Normals(3*m, 2)
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
		testkit.Near(t, "A x on the tape", y[b*m:][:m], optest.Apply(op, x[b*n:][:n]), 0)
		want := make([]float64, n)
		op.Adjoint(want, ct[b*m:][:m])
		testkit.Near(t, "its VJP", g[b*n:][:n], want, 0)
	}
}
