package evidence_test

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/dpnp"
	"tweedie/infer/evidence"
	"tweedie/inverse"
)

// Two priors of one measurement, whose evidence is exact.
func ExampleCompare() {
	op, err := inverse.DenseConfig{Rows: 1, Data: []float64{-2, 1.7}}.Build(autodiff.S(1, 1, 2))
	if err != nil {
		panic(err)
	}
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .2}, []float64{.3})
	if err != nil {
		panic(err)
	}
	wide, err := exact.NewDiagonalGaussian([]float64{0, 0}, []float64{1, 1})
	if err != nil {
		panic(err)
	}
	under := func(name string, prior exact.Distribution) evidence.Candidate {
		return evidence.Candidate{Name: name, Method: dpnp.Default(),
			Problem: &infer.Problem{Prior: prior, Likelihood: lik, Shape: autodiff.S(1, 1, 2), DType: autodiff.F64}}
	}
	r, err := evidence.Compare(context.Background(), []evidence.Candidate{under("wide", wide), under("two modes", exact.Toy2D())}, evidence.Config{Samples: 16})
	if err != nil {
		panic(err)
	}
	for _, e := range r.Entries {
		fmt.Println(e.Prior, e.Text())
	}
	fmt.Println(r.Factors[0].Text())
	// Output:
	// two modes -0.243753
	// wide -1.89336
	// 1.64961
}
