package autodiff_test

import (
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

func resizeRows() (rows []gradtest.Case) {
	for _, k := range []struct {
		name string
		x    Shape
		to   []int
	}{
		{"1-D up", S(2, 3, 5), []int{8}},
		{"1-D down", S(2, 1, 9), []int{4}},
		{"2-D", S(1, 2, 3, 5), []int{7, 2}},
		{"2-D from one", S(2, 1, 1, 4), []int{3, 4}},
		{"3-D", S(1, 2, 3, 2, 4), []int{2, 5, 3}},
	} {
		var back []int
		y := S(k.x.Dim(0), k.x.Dim(1))
		for i, n := range k.to {
			back = append(back, k.x.Dim(2+i))
			y = y.Insert(y.Rank(), n)
		}
		rows = append(rows,
			gradtest.Case{Name: "resize " + k.name, In: []Shape{k.x},
				F: func(s *Scope, x []Var) Var { return s.Resize(x[0], k.to...) }},
			gradtest.Case{Name: "resize_adjoint " + k.name, In: []Shape{y},
				F: func(s *Scope, x []Var) Var { return s.ResizeAdjoint(x[0], back...) }})
	}
	return rows
}

// TestResizeValues checks the positions of the cell centres by hand, and that linear functions of the position are
// reproduced between the outermost centres.
func TestResizeValues(t *testing.T) {
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	x := s.Const64(S(1, 1, 4), []float64{1, 2, 3, 4})
	for _, c := range []struct {
		n    int
		want []float64
	}{
		{2, []float64{1.5, 3.5}},
		{8, []float64{1, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4}},
		{4, []float64{1, 2, 3, 4}},
		{1, []float64{2.5}},
	} {
		if got := testkit.Values(s.Resize(x, c.n)); !equal(got, c.want) {
			t.Errorf("to %d: %v, want %v", c.n, got, c.want)
		}
	}
	plane := make([]float64, 6*9)
	for i := range plane {
		plane[i] = 2*float64(i/9) - 3*float64(i%9)
	}
	y := testkit.Values(s.Resize(s.Const64(S(1, 1, 6, 9), plane), 4, 6))
	for i := range y {
		h, w := (float64(i/6)+0.5)*6/4-0.5, (float64(i%6)+0.5)*9/6-0.5
		if want := 2*h - 3*w; y[i]-want > 1e-13 || want-y[i] > 1e-13 {
			t.Errorf("element %d is %v, want %v", i, y[i], want)
		}
	}
	mustShapeError(t, func(s *Scope) { s.Resize(s.Input(S(1, 2, 4, 5)), 3) }, "[1,2,4,5]", "one extent for each")
	mustShapeError(t, func(s *Scope) { s.Resize(s.Input(S(1, 2, 4)), 0) }, "at least 1")
}
