package flows_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/flows"
	"tweedie/internal/testkit"
)

func TestMatrixDerivatives(t *testing.T) {
	for _, in := range []autodiff.Shape{sh(3, 3), sh(2, 4, 4)} {
		n := in.Dim(-1)
		shifted := func(s *scope, x vr) vr { // far from singular, but needs row exchanges
			return s.Add(x, s.Flip(s.Triu(s.Tril(s.Full(sh(n, n), 4))), 0))
		}
		for _, r := range []struct {
			name string
			f    func(*scope, vr) vr
		}{{"inverse", flows.Inverse}, {"log_abs_det", flows.LogAbsDet}} {
			seen := gradtest.Check(t, gradtest.Case{Name: r.name, In: []autodiff.Shape{in},
				F: func(s *scope, x []vr) vr { return r.f(s, shifted(s, x[0])) }})
			if !seen[r.name] {
				t.Errorf("the row reaches %v, not %s", seen, r.name)
			}
		}
	}
}

// Inverse and log-determinant of a matrix with zeros on the diagonal, and of a singular matrix.
func TestMatrixValues(t *testing.T) {
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	a := s.Const64(sh(2, 3, 3), []float64{0, 2, 0, 0, 0, -4, 0.5, 0, 0, 1, 2, 3, 2, 4, 6, 1, 1, 1})
	y, d := make([]float64, 18), make([]float64, 2)
	flows.Inverse(s, a).CopyTo64(y)
	flows.LogAbsDet(s, a).CopyTo64(d)
	testkit.Near(t, "inverse", y[:9], []float64{0, 0, 2, 0.5, 0, 0, 0, -0.25, 0}, 1e-15)
	testkit.Near(t, "ln|det|", d[:1], []float64{math.Log(4)}, 1e-15)
	if !math.IsInf(d[1], -1) {
		t.Errorf("a singular matrix has ln|det| %v, want -Inf", d[1])
	}
}
