package diffusion

import (
	"context"

	"tweedie/internal/config"
	"tweedie/rng"
)

// Prior is a log-density with its gradient, as inference needs it: exact, along the probability-flow ODE, or a bound.
type Prior interface {
	// Dim returns D, the number of elements of a sample.
	Dim() int
	// LogProb sets logp[b] = log p(x_b) in nats for x [B,D] and, unless grad is nil, grad [B,D] to its gradient.
	// Randomness, such as probes, comes from keys, one for each sample. The values of a sample do not depend on the
	// other samples, except for an ELBO whose times are spread ByBatch.
	LogProb(ctx context.Context, x []float64, keys []rng.Key, logp, grad []float64) error
}

// TractableDensity is a denoiser whose density is known at every noise level, such as the closed forms of package
// exact.
type TractableDensity interface {
	Scorer
	// LogDensity returns log p(x; sigma) in nats, the density of x_0 + sigma n at x, and of x_0 itself at sigma = 0.
	// It panics with a *autodiff.ShapeError when len(x) is not the number of elements of a sample.
	LogDensity(x []float64, sigma float64) float64
}

var _ Prior = (*ODEPrior)(nil)

// CheckBuffers returns a *FieldError of the given kind that says which of x [B,D], logp [B] and grad [B,D], which may
// be nil, has the wrong length for samples of d elements. A Prior of one's own begins LogProb with it.
func CheckBuffers(kind string, x, logp, grad []float64, d int) error {
	n := len(logp)
	if len(x) != n*d {
		return config.Errorf(kind, "x", "%d values were given for %d samples of %d", len(x), n, d)
	}
	if grad != nil && len(grad) != n*d {
		return config.Errorf(kind, "grad", "it has room for %d values and must for %d samples of %d", len(grad), n, d)
	}
	return nil
}
