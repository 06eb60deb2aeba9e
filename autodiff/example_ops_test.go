package autodiff_test

import (
	"fmt"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
)

// The gradient of the log-density of a two-component mixture, by log-sum-exp over the components.
func ExampleScope_LogSumExp() {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x := s.Watch(s.Scalar(0.5))
	means := s.Const64(S(2), []float64{-1, 1})
	logp := s.LogSumExp(s.Scale(s.Square(s.Sub(x, means)), -0.5), 0)
	fmt.Printf("%.4f\n", s.Grad1(logp, x).Scalar()) // tanh(x) - x
	// Output: -0.0379
}

// Padding is per axis, counted from the last; its gradient folds the repeated elements back.
func ExampleScope_Pad() {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x := s.Watch(s.Const64(S(3), []float64{1, 2, 3}))
	y := s.Pad(x, []int{2}, []int{1}, PadReflect)
	g := s.Grad1(s.SumAll(y), x)
	fmt.Println(testkit.Values(y), testkit.Values(g))
	// Output: [3 2 1 2 3 2] [1 3 2]
}

// A batch of images times one matrix: leading axes broadcast.
func ExampleScope_MatMul() {
	s := NewArena().Scope(Eval, F32)
	defer s.Close()
	x, w := s.Ones(S(8, 16, 4)), s.Ones(S(3, 4))
	fmt.Println(s.MatMul(x, w, false, true).Shape())
	// Output: [8,16,3]
}
