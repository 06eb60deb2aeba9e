package exact_test

import (
	"fmt"
	"tweedie/autodiff"
	"tweedie/diffusion/exact"

	"gonum.org/v1/gonum/mat"
)

// A point measured through A = [1 1] with noise 0.1, under a standard normal prior.
func ExampleGaussian_Posterior() {
	g, _ := exact.NewDiagonalGaussian([]float64{0, 0}, []float64{1, 1})
	post, logp, err := g.Posterior(exact.Measure(mat.NewDense(1, 2, []float64{1, 1}), []float64{1}, .1))
	fmt.Printf("%.3f %.3f %v\n", post.Mean(), logp, err)
	// Output: [0.498 0.498] -1.517 <nil>
}

// The denoiser and the log-density of a mixture of two points blurred by 0.1, at noise level 0.2.
func ExampleNewEmpirical() {
	p, _ := exact.NewEmpirical([][]float64{{-1}, {1}}, nil, .1)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	u := s.Full(autodiff.S(1, 1), .9)
	fmt.Printf("%.3f %.3f\n", p.Denoise(s, u, []float64{.2}).Scalar(), p.LogDensity([]float64{.9}, .2))
	// Output: 0.980 -0.214
}

// Pixels that are mostly 0, seen through noise: what is small is taken for 0, what is large is kept.
func ExampleNewSeparable() {
	spike, _ := exact.BernoulliLaplace(.1)
	p, _ := exact.NewSeparable(make([]float64, 3), []float64{1, 1, 1}, spike)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	d := p.Denoise(s, s.Const64(autodiff.S(1, 3), []float64{.1, .5, 2}), []float64{.2})
	fmt.Printf("%.3f\n", d.Float64s())
	// Output: [0.002 0.130 1.960]
}
