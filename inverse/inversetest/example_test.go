package inversetest_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/inversetest"
	"tweedie/inverse/optics"
)

// printer stands in for *testing.T.
type printer struct{}

func (printer) Helper() {}

func (printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// replicating averages 2 x 2 blocks, and takes copying a value to its block for the transpose of that.
type replicating struct{ inverse.Linear }

func (o replicating) Adjoint(dst, y []float64) {
	o.Linear.(inverse.PseudoInverter).PseudoInverse(dst, y)
}

func ExampleOperator() {
	op, err := optics.BlockAverageConfig{Rows: 2, Cols: 2}.Build(autodiff.S(1, 2, 2))
	if err != nil {
		fmt.Println(err)
		return
	}
	inversetest.Operator(printer{}, op)
	inversetest.Operator(printer{}, replicating{op.(inverse.Linear)})
	// Output:
	// adjoint: block-average: <A x, y> and <x, A^T y> differ by 0.111 relative, above 1e-12
}
