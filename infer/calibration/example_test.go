package calibration_test

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/calibration"
	"tweedie/infer/dpnp"
	"tweedie/inverse"
)

// A prior with two modes in the plane, of which the sum of both numbers is measured.
func ExampleRun() {
	op, err := inverse.DenseConfig{Rows: 1, Data: []float64{1, 1}}.Build(autodiff.S(1, 1, 2))
	if err != nil {
		panic(err)
	}
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .3}, []float64{0})
	if err != nil {
		panic(err)
	}
	p := &infer.Problem{Prior: exact.Toy2D(), Likelihood: lik, Shape: autodiff.S(1, 1, 2), DType: autodiff.F64}
	c := calibration.Default()
	c.Problems = 20
	r, err := calibration.Run(context.Background(), dpnp.Default(), p, c)
	if err != nil {
		panic(err)
	}
	fmt.Println(r.Problems, len(r.Ranks), r.Calibrated)
	// Output: 20 10 true
}
