package flowstest_test

import (
	"fmt"

	"tweedie/flows"
	"tweedie/flows/flowstest"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/rng"
)

// The suite takes any bijector, with the parameters that it has. In a test the first argument is its *testing.T.
func ExampleBijector() {
	box, err := flows.NewBox(layers.Root(rng.New(1)).At("box"), 4, -1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	var t testkit.Recorder
	flowstest.Bijector(&t, box)
	fmt.Println(len(t), "failures")
	// Output: 0 failures
}
