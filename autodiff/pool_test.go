package autodiff_test

import (
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

func poolRows() []gradtest.Case {
	pool := func(k ...int) func(*Scope, []Var) Var {
		return func(s *Scope, x []Var) Var { return s.AvgPool(x[0], k...) }
	}
	up := func(k ...int) func(*Scope, []Var) Var {
		return func(s *Scope, x []Var) Var { return s.UpNearest(x[0], k...) }
	}
	return []gradtest.Case{
		{Name: "avg_pool 1-D", F: pool(3), In: []Shape{S(2, 3, 9)}},
		{Name: "avg_pool 2-D", F: pool(2), In: []Shape{S(2, 1, 4, 6)}},
		{Name: "avg_pool 2-D anisotropic", F: pool(1, 3), In: []Shape{S(1, 2, 5, 6)}},
		{Name: "avg_pool 3-D", F: pool(3, 2, 1), In: []Shape{S(2, 1, 3, 4, 5)}},
		{Name: "up_nearest 1-D", F: up(2), In: []Shape{S(2, 3, 5)}},
		{Name: "up_nearest 2-D", F: up(3, 2), In: []Shape{S(1, 2, 2, 3)}},
		{Name: "up_nearest 3-D", F: up(2, 1, 3), In: []Shape{S(2, 1, 2, 3, 2)}},
	}
}

func TestPoolAndNearestValues(t *testing.T) {
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	x := s.Const64(S(1, 1, 2, 3), []float64{1, 2, 3, 4, 5, 6})
	up := s.UpNearest(x, 2, 1)
	if got, want := testkit.Values(up), []float64{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}; !equal(got, want) {
		t.Errorf("up_nearest is %v, want %v", got, want)
	}
	if got, want := testkit.Values(s.AvgPool(x, 2, 3)), []float64{3.5}; !equal(got, want) {
		t.Errorf("avg_pool is %v, want %v", got, want)
	}
	if got, want := testkit.Values(s.AvgPool(up, 2, 1)), testkit.Values(x); !equal(got, want) {
		t.Errorf("pooling what was repeated gives %v, want %v", got, want)
	}
	mustShapeError(t, func(s *Scope) { s.AvgPool(s.Input(S(1, 2, 4, 5)), 2) }, "[1,2,4,5]", "5 elements in windows of 2")
	mustShapeError(t, func(s *Scope) { s.AvgPool(s.Input(S(1, 2, 4, 5)), 2, 1, 1) }, "3 window extents")
	mustShapeError(t, func(s *Scope) { s.UpNearest(s.Input(S(1, 2, 4, 5))) }, "0 window extents")
	mustShapeError(t, func(s *Scope) { s.UpNearest(s.Input(S(1, 2, 4, 5)), 0) }, "a window of 0")
}

func equal(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
