package infer_test

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/infer/dpnp"
	"tweedie/infer/internal/cases"
	"tweedie/infer/reddiff"
	"tweedie/inverse"
	_ "tweedie/inverse/optics"
	"tweedie/rng"
)

// radon returns the sums [angles*bins, side*side] of an image along parallel lines, where a pixel counts for the two bins
// nearest to its centre.
func radon(side, angles, bins int) *inverse.Array {
	data := make([]float64, angles*bins*side*side)
	half := float64(side-1) / 2
	for a := range angles {
		sin, cos := math.Sincos(math.Pi * float64(a) / float64(angles))
		for i := range side * side {
			at := (float64(i%side)-half)*cos + (float64(i/side)-half)*sin + float64(bins-1)/2
			k := int(math.Floor(at))
			for b, w := range map[int]float64{k: float64(k+1) - at, k + 1: at - float64(k)} {
				if b >= 0 && b < bins {
					data[(a*bins+b)*side*side+i] = w
				}
			}
		}
	}
	return inverse.Numbers([]int{angles * bins, side * side}, data)
}

// unfit returns operators whose A+ conjugate gradients do not find to 1e-12: matrices without full rank, and a
// blur whose singular values fall to rounding.
func unfit(t *testing.T) map[string]inverse.Operator {
	t.Helper()
	ops := map[string]inverse.Operator{}
	build := func(name string, c inverse.Config, in autodiff.Shape) {
		op, err := c.Build(in)
		if err != nil {
			t.Fatal(err)
		}
		ops[name] = op
	}
	build("radon", inverse.DenseConfig{Matrix: *radon(28, 20, 24)}, autodiff.S(1, 28, 28))
	build("radon of many rows", inverse.DenseConfig{Matrix: *radon(28, 20, 44)}, autodiff.S(1, 28, 28))
	blur, err := inverse.DecodeConfig([]byte(`{"kind":"blur","boundary":"zero","gaussian":{"size":9,"std":2.5}}`))
	if err != nil {
		t.Fatal(err)
	}
	build("blur", blur, autodiff.S(1, 20, 20))
	return ops
}

// Every method takes an operator that is ill-conditioned, and the mean of its samples explains the data to chi^2 = 4 per
// datum. The start explains them, too, and is not noise that A+ has made larger: the image's pixels have a deviation of 1.
func TestIllConditioned(t *testing.T) {
	for name, op := range unfit(t) {
		t.Run(name, func(t *testing.T) {
			x := make([]float64, op.InShape().Size())
			rng.New(3).Stream().FillNorm(x)
			noise := inverse.Gaussian{Sigma: .05}
			lik, err := inverse.NewLikelihood(op, noise, inverse.Simulate(op, noise, x, rng.New(4)))
			if err != nil {
				t.Fatal(err)
			}
			start := make([]float64, len(x))
			if err := infer.NewLeastSquares(lik).Start(start); err != nil {
				t.Fatal(err)
			}
			if chi := lik.ChiSquared(start); !(chi <= 1.5) {
				t.Errorf("chi^2 of the start is %.3g", chi)
			}
			if size := floats.Norm(start, 2) / math.Sqrt(float64(len(x))); !(size <= 4) {
				t.Errorf("the pixels of the start are of size %.3g", size)
			}
			p := &infer.Problem{Prior: cases.Isotropic(0, 1), Likelihood: lik, Shape: op.InShape(), DType: autodiff.F64, Affine: diffusion.Affine{}, Std: 1}
			annealed := dpnp.Annealed()
			annealed.Rounds, annealed.Hold = 6, 1
			for _, m := range []infer.Method{reddiff.Default(), dpnp.Default(), annealed} {
				res, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 1})
				if err != nil {
					t.Errorf("%s: %v", m.Name(), err)
					continue
				}
				if chi := lik.ChiSquared(res.Mean); !(chi <= 4) {
					t.Errorf("%s: chi^2 of the mean is %.3g", m.Name(), chi)
				}
			}
		})
	}
}
