package gradtest_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
)

// printer stands for the *testing.T of a test.
type printer struct{}

func (printer) Helper()                           {}
func (printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// One row checks a function of two inputs at orders one and two, and names the ops that it called.
func ExampleCheck() {
	ops := gradtest.Check(printer{}, gradtest.Case{
		Name: "x exp(y)",
		In:   []autodiff.Shape{autodiff.S(2, 3), autodiff.S(3)},
		F:    func(s *autodiff.Scope, x []autodiff.Var) autodiff.Var { return s.Mul(x[0], s.Exp(x[1])) },
	})
	fmt.Println(ops["mul"], ops["exp"])
	// Output: true true
}
