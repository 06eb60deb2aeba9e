package infer_test

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/dpnp"
	"tweedie/inverse"
)

// A pixel with prior N(0, 1) is measured as 1 with noise of standard deviation 1: the posterior is N(1/2, 1/2).
func Example() {
	prior, err := exact.NewDiagonalGaussian([]float64{0}, []float64{1})
	if err != nil {
		panic(err)
	}
	lik, err := inverse.NewLikelihood(inverse.NewIdentity(autodiff.S(1)), inverse.Gaussian{Sigma: 1}, []float64{1})
	if err != nil {
		panic(err)
	}
	p := &infer.Problem{Prior: prior, Likelihood: lik, Shape: autodiff.S(1), DType: autodiff.F64}
	m := dpnp.Default()
	m.EtaMax, m.EtaMin, m.Rounds = 1, .1, 60
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: 4000, Seed: 1})
	if err != nil {
		panic(err)
	}
	fmt.Printf("mean %.1f, variance %.1f: %s\n", res.Mean[0], res.Std[0]*res.Std[0], res.Spread)
	// Output: mean 0.5, variance 0.5: posterior standard deviation
}
