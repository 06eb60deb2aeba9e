package inverse_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/noises"
)

// The loss that goes on beyond the bounds of counts is that of the counts where they are well within, finite and convex everywhere, with
// the gradient that differences have; so it is with a background, a gain and counts of 0. Noise without bounds stays as it is.
func TestExtendedLossGoesOn(t *testing.T) {
	y := []float64{0, 2, 6, 40}
	op := inverse.NewIdentity(autodiff.S(1, 1, len(y)))
	for _, noise := range []inverse.Noise{
		noises.Poisson{Gain: 1, Link: "identity"},
		noises.Poisson{Gain: 2, Background: 1, Link: "identity"},
		noises.PoissonGaussian{Gain: 1, Background: .5, Sigma: .3, Link: "identity"},
	} {
		lik, err := inverse.NewLikelihood(op, noise, y)
		if err != nil {
			t.Fatal(err)
		}
		ext, err := inverse.Extended(lik)
		if err != nil {
			t.Fatal(err)
		}
		lo, _ := noise.(inverse.Supported).Support()
		loss := func(l *inverse.Likelihood, i int, c float64) (value, slope float64) {
			clean, grad := append([]float64(nil), y...), make([]float64, len(y))
			for j := range clean {
				clean[j] = max(clean[j], 1)
			}
			clean[i] = c
			value = l.Noise.Loss(y, clean)
			l.Noise.Residual(grad, y, clean)
			return value, grad[i]
		}
		for i, v := range y {
			within := max(v, 1)
			a, _ := loss(lik, i, within)
			if b, _ := loss(ext, i, within); a != b {
				t.Errorf("%s, datum %g: loss %g within the bounds, and %g of the noise", noise.Kind(), v, b, a)
			}
			before := math.Inf(-1)
			for k := range 200 {
				c := lo - 3 + 6*float64(k)/200
				_, slope := loss(ext, i, c)
				up, _ := loss(ext, i, c+1e-6)
				down, _ := loss(ext, i, c-1e-6)
				if d := (up - down) / 2e-6; math.IsNaN(d) || math.Abs(d-slope) > 1e-4*(1+math.Abs(slope)) {
					t.Errorf("%s, datum %g at %g: slope %g, by differences %g", noise.Kind(), v, c, slope, d)
				}
				if slope < before-1e-9 {
					t.Errorf("%s, datum %g at %g: the slope falls from %g to %g", noise.Kind(), v, c, before, slope)
				}
				before = slope
			}
			if _, slope := loss(ext, i, lo-3); !(slope < 0) {
				t.Errorf("%s, datum %g: the slope is %g beyond the bound, which does not lead back", noise.Kind(), v, slope)
			}
		}
		info := make([]float64, len(y))
		ext.Noise.(inverse.Informed).Information(info, []float64{lo - 5, lo, lo + 1e-9, 1e3})
		for i, w := range info {
			if !(w > 0) || math.IsInf(w, 1) || w > 1e3 {
				t.Errorf("%s: the information %d is %g", noise.Kind(), i, w)
			}
		}
	}
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .1}, y)
	if err != nil {
		t.Fatal(err)
	}
	if ext, err := inverse.Extended(lik); err != nil || ext != lik {
		t.Errorf("Gaussian noise: another likelihood, %v", err)
	}
}
