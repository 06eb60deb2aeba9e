package infer_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/inverse"
	"tweedie/inverse/mri"
	"tweedie/inverse/optics"
	"tweedie/rng"
)

// smooth returns the Gaussian on a square of side h with a mean that rises to the right and downwards, and the covariance
// .09 exp(-distance/length) + .0025 I, with distances along columns counted stretch times.
func smooth(t *testing.T, h int, shift, length, stretch float64) *exact.Gaussian {
	t.Helper()
	n := h * h
	mean, cov := make([]float64, n), mat.NewSymDense(n, nil)
	for i := range n {
		mean[i] = shift + .5*float64(i%h)/float64(h) + .2*float64(i/h)/float64(h)
		for j := i; j < n; j++ {
			d := math.Hypot(float64(i%h-j%h), stretch*float64(i/h-j/h))
			cov.SetSym(i, j, .09*math.Exp(-d/length))
		}
		cov.SetSym(i, i, cov.At(i, i)+.0025)
	}
	g, err := exact.NewGaussian(mean, cov)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// pair returns a mixture of two Gaussians of smooth that lie apart.
func pair(t *testing.T, h int, length float64) *exact.Mixture {
	t.Helper()
	m, err := exact.NewMixture([]float64{.4, .6}, smooth(t, h, -.3, length, 1), smooth(t, h, .3, length, 2))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// operators are of the kinds that problems have.
func operators(t *testing.T, h int, st *rng.Stream) []inverse.Linear {
	t.Helper()
	sh := autodiff.S(1, h, h)
	rows := h * h / 3
	dense := make([]float64, rows*h*h)
	st.FillNorm(dense)
	for i := range dense {
		dense[i] /= float64(h)
	}
	var ops []inverse.Linear
	for _, c := range []inverse.Config{
		inverse.DenseConfig{Rows: rows, Data: dense},
		optics.BlockAverageConfig{Rows: 2, Cols: 2},
		optics.InpaintConfig{Random: &optics.RandomMaskConfig{Keep: .4, Seed: 3}},
		optics.BlurConfig{Boundary: "circular", Gaussian: &optics.GaussianConfig{Size: 3, Std: 1}},
		mri.DFTConfig{Low: &mri.LowConfig{Rows: h / 2, Cols: h / 2}},
	} {
		op, err := c.Build(sh)
		if err != nil {
			t.Fatal(err)
		}
		ops = append(ops, op.(inverse.Linear))
	}
	return append(ops, inverse.NewIdentity(sh))
}
