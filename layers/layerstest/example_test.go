package layerstest_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
)

// A row for a layer: how it is made, and the shapes of its inputs. In a test the first argument is its *testing.T.
func ExampleCheck() {
	var t testkit.Recorder
	layerstest.Check(&t, layerstest.Row{
		Name: "Linear",
		In:   []autodiff.Shape{autodiff.S(2, 3)},
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			l, err := layers.NewLinear(p, layers.LinearConfig{In: 3, Out: 4})
			return l, func(s *autodiff.Scope, x []autodiff.Var, _ int) autodiff.Var { return l.Forward(s, x[0]) }, err
		},
	})
	fmt.Println(len(t), "failures")
	// Output: 0 failures
}
