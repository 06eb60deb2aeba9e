package autodiff_test

import (
	"fmt"

	. "tweedie/autodiff"
)

// The value of sin(x) x^2 and its derivative, on a scope that records.
func Example() {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x := s.Watch(s.Scalar(2))
	y := s.Mul(s.Sin(x), s.Square(x))
	fmt.Printf("%.4f %.4f\n", y.Scalar(), s.Grad1(y, x).Scalar())
	// Output: 3.6372 1.9726
}

// Reverse mode gives a row of the Jacobian for each cotangent: of y = (x0 x1, x0 + x1), weighted by (1, 10).
func ExampleScope_VJP() {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x0, x1 := s.Watch(s.Scalar(3)), s.Watch(s.Scalar(4))
	ys := []Var{s.Mul(x0, x1), s.Add(x0, x1)}
	cts := []Var{s.Scalar(1), s.Scalar(10)}
	var grads [2]Var
	s.VJP(ys, cts, []Var{x0, x1}, grads[:])
	fmt.Println(grads[0].Scalar(), grads[1].Scalar())
	// Output: 14 13
}

// Forward mode gives J e for one direction e. Reverse over forward gives the gradient of e^T J e, the term that a
// divergence averages: here J = diag(2x), so the gradient is 2 e^2.
func ExampleScope_JVP() {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x := s.Watch(s.Const64(S(2), []float64{3, 4}))
	e := s.Const64(S(2), []float64{1, 10})
	var je [1]Var
	s.JVP([]Var{x}, []Var{e}, []Var{s.Square(x)}, je[:])
	g := s.Grad1(s.Dot(e, je[0]), x)
	var row, grad [2]float64
	je[0].CopyTo64(row[:])
	g.CopyTo64(grad[:])
	fmt.Println(row, grad)
	// Output: [6 80] [2 200]
}
