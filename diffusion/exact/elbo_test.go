package exact_test

import (
	"math"
	"testing"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
)

// TestELBOClosedForm compares the bound with independent values, and its gap to log p with what theory allows.
func TestELBOClosedForm(t *testing.T) {
	for _, r := range []struct{ lambda, x, want, logp float64 }{
		{.01, .5, 1.383552, 1.383647}, {.01, 1, -11.114980, -11.116353}, {.25, 1, -.725808, -.725791},
	} {
		g := numtest.Must(exact.NewDiagonalGaussian([]float64{.5}, []float64{r.lambda}))
		b := g.ELBO(diffusion.DefaultVP(), 1e-3, []float64{r.x})
		numtest.Within(t, "b", b, r.want, 5.1e-7)
		logp := g.LogDensity([]float64{r.x}, 0)
		numtest.Within(t, "log p", logp, r.logp, 5.1e-7)
		if gap := logp - b; gap < -2e-3 || gap > 1e-3 {
			t.Errorf("gap %.2e at t0 = 1e-3", gap)
		}
		// What is left at 1e-5 is the terminal's mismatch, 5e-6 at most.
		if gap := logp - g.ELBO(diffusion.DefaultVP(), 1e-5, []float64{r.x}); math.Abs(gap) > 2e-5 {
			t.Errorf("gap %.2e at t0 = 1e-5", gap)
		}
	}
}
