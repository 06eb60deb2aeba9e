package gradtest_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

// One row checks a function of two inputs at orders one and two, and names the ops that it called. In a test the first
// argument is its *testing.T.
func ExampleCheck() {
	var t testkit.Recorder
	ops := gradtest.Check(&t, gradtest.Case{
		Name: "x exp(y)",
		In:   []autodiff.Shape{autodiff.S(2, 3), autodiff.S(3)},
		F:    func(s *autodiff.Scope, x []autodiff.Var) autodiff.Var { return s.Mul(x[0], s.Exp(x[1])) },
	})
	fmt.Println(len(t), "failures;", ops["mul"], ops["exp"])
	// Output: 0 failures; true true
}
