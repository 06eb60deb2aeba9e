package autodiff_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/rng"
)

// PadAdjoint is the adjoint of Pad in every mode: <Pad x, y> = <x, PadAdjoint y>, and its derivatives are right.
func TestPadAdjoint(t *testing.T) {
	lo, hi := []int{2, 1}, []int{1, 3}
	for _, mode := range []autodiff.PadMode{autodiff.PadZero, autodiff.PadCircular, autodiff.PadReflect, autodiff.PadSymmetric} {
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		v := make([]float64, 2*4*5+2*7*9)
		rng.New(5).Stream().FillNorm(v)
		x, y := s.Const64(autodiff.S(2, 4, 5), v[:40]), s.Const64(autodiff.S(2, 7, 9), v[40:])
		a, b := s.Dot(s.Pad(x, lo, hi, mode), y).Scalar(), s.Dot(x, s.PadAdjoint(y, lo, hi, mode)).Scalar()
		if math.Abs(a-b) > 1e-12*(1+math.Abs(a)) {
			t.Errorf("mode %v: <Pad x, y> = %v, <x, PadAdjoint y> = %v", mode, a, b)
		}
		s.Close()
		gradtest.Check(t, gradtest.Case{Name: "pad_adjoint", In: []autodiff.Shape{autodiff.S(2, 7, 9)},
			F: func(s *autodiff.Scope, x []autodiff.Var) autodiff.Var { return s.PadAdjoint(x[0], lo, hi, mode) }})
	}
}

// A padding that is larger than the array is an error that says so.
func TestPadAdjointExplains(t *testing.T) {
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	for _, lo := range [][]int{{3}, {-1}, {0, 0, 0}} {
		var err error
		func() {
			defer autodiff.Catch(&err)
			s.PadAdjoint(s.Ones(autodiff.S(2, 3)), lo, make([]int, len(lo)), autodiff.PadSymmetric)
		}()
		if _, ok := err.(*autodiff.ShapeError); !ok {
			t.Errorf("lo %v: error %v, want a *ShapeError", lo, err)
		}
	}
}
