package inverse_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/optics"
	"tweedie/rng"
)

// An operator is described by data and built for a shape of images.
func ExampleDecode() {
	op, err := inverse.Decode([]byte(`{"kind": "block-average", "rows": 2, "cols": 2}`), autodiff.S(1, 4, 6))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(op.Name(), op.InShape(), "->", op.OutShape())
	_, err = inverse.Decode([]byte(`{"kind": "block-average", "rows": 3, "cols": 2}`), autodiff.S(1, 4, 6))
	fmt.Println(err)
	// Output:
	// block-average [1,4,6] -> [1,2,3]
	// block-average: rows is 3; it must divide the height of [1,4,6]; it may be 2, 4
}

// A likelihood scores an image; the same noise drew the data.
func ExampleNewLikelihood() {
	op, _ := inverse.DenseConfig{Rows: 2, Data: []float64{1, 1, 2, 0, 2, 3}}.Build(autodiff.S(3))
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigmas: []float64{2, 1}}, []float64{6, 7.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	grad := make([]float64, 3)
	fmt.Println(lik.ValueGrad(grad, []float64{0, 1, 2}), grad)
	// Output: 0.25 [-0.25 0.75 1]
}

// A proximal draw of a deblurring problem, by whatever structure the operator has.
func ExampleNewProximal() {
	op, _ := optics.BlurConfig{Boundary: "circular", Gaussian: &optics.GaussianConfig{Size: 3, Std: 1}}.Build(autodiff.S(1, 4, 6))
	lik, _ := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .1}, make([]float64, 24))
	s, err := inverse.NewProximal(lik, inverse.DefaultProximal())
	if err != nil {
		fmt.Println(err)
		return
	}
	z, x := make([]float64, 24), make([]float64, 24)
	fmt.Println(s.Name(), s.Sample(z, x, .3, rng.New(1).Stream()))
	// Output: fourier <nil>
}

// A coupled likelihood has the singular values of A/sigma, and scores an image at any coupling: deflated draws score it
// by the data's own noise for all eta up to 1/Top.
func ExampleNewCoupled() {
	op, _ := inverse.Decode([]byte(`{"kind": "block-average", "rows": 2, "cols": 2}`), autodiff.S(1, 2, 4))
	lik, _ := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .1}, []float64{.3, -.2})
	c, err := inverse.NewCoupled(lik, inverse.DefaultProximal())
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float64, 8)
	fmt.Printf("%s, g = %.3g, %d directions without data\n", c.Name(), c.Gains(), c.Unseen())
	r, _ := c.Residual(x)
	fmt.Printf("log p(y|x) = %.4f, deflated %.4f, plain %.4f\n", -lik.NegLogLik(x), r.LogLik(.9/c.Top(), true), r.LogLik(.9/c.Top(), false))
	fmt.Println(c.SampleDeflated(x, make([]float64, 8), .9/c.Top(), rng.New(1).Stream()))
	// Output:
	// svd, g = [5 5], 6 directions without data
	// log p(y|x) = -3.7327, deflated -3.7327, plain -1.4172
	// <nil>
}
