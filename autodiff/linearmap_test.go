package autodiff_test

import (
	"fmt"
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
)

// moments is the linear map of a sample [2,3] to its row sums and its weighted column sums [5].
type moments struct{}

func (moments) InShape() Shape  { return S(2, 3) }
func (moments) OutShape() Shape { return S(5) }

func (moments) Apply(dst, x []float64) {
	dst[0], dst[1] = x[0]+x[1]+x[2], x[3]+x[4]+x[5]
	for j := range 3 {
		dst[2+j] = x[j] - 2*x[3+j]
	}
}

func (moments) Adjoint(dst, y []float64) {
	for j := range 3 {
		dst[j], dst[3+j] = y[0]+y[2+j], y[1]-2*y[2+j]
	}
}

func mapRows() []gradtest.Case {
	return []gradtest.Case{
		{Name: "linear_map", In: []Shape{S(3, 2, 3)}, F: func(s *Scope, x []Var) Var { return s.LinearMap(x[0], moments{}) }},
		{Name: "linear_adjoint", In: []Shape{S(3, 5)}, F: func(s *Scope, x []Var) Var { return s.LinearAdjoint(x[0], moments{}) }},
		{Name: "residual of a linear map", In: []Shape{S(2, 2, 3), S(2, 5)}, F: func(s *Scope, x []Var) Var {
			return s.LinearAdjoint(s.Square(s.Sub(s.LinearMap(x[0], moments{}), x[1])), moments{})
		}},
	}
}

func TestLinearMapShapeErrors(t *testing.T) {
	mustShapeError(t, func(s *Scope) { s.LinearMap(s.Input(S(2, 3)), moments{}) }, "[2,3]", "after a batch axis")
	mustShapeError(t, func(s *Scope) { s.LinearAdjoint(s.Input(S(1, 4)), moments{}) }, "[1,4]", "[5]")
}

// The gradient of half the squared residual of a linear map is A^T (A x - y).
func ExampleScope_LinearMap() {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x := s.Watch(s.Ones(S(1, 2, 3)))
	r := s.LinearMap(x, moments{})
	g := s.Grad1(s.Scale(s.Dot(r, r), 0.5), x)
	out := make([]float64, 6)
	g.CopyTo64(out)
	fmt.Println(out)
	// Output: [2 2 2 5 5 5]
}
