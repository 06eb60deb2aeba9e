package diffusion

import (
	"context"

	"tweedie/autodiff"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// Prior is a log-density with its gradient, for inference: exact, along a flow, or a bound.
type Prior interface {
	// Dim is D, the number of elements of a sample.
	Dim() int
	// LogProb sets logp[b] = log p(x_b) in nats, for x [B,D], and, unless grad is nil, grad [B,D] to its gradient. What
	// is random in it is drawn from keys, one for each sample. A sample's values do not depend on the others', except
	// for an ELBO whose times are spread ByBatch.
	LogProb(ctx context.Context, x []float64, keys []rng.Key, logp, grad []float64) error
}

var (
	_ Prior = ExactPrior{}
	_ Prior = (*FlowPrior)(nil)
)

// ExactPrior is the Prior of a closed form: log p(x; Sigma), the density of x_0 + Sigma n.
type ExactPrior struct {
	Density Exact
	Sigma   float64
}

// Dim is D.
func (p ExactPrior) Dim() int { return p.Density.Dim() }

// LogProb sets logp to the density and grad to the score; keys are not used.
func (p ExactPrior) LogProb(ctx context.Context, x []float64, keys []rng.Key, logp, grad []float64) (err error) {
	if absent.Is(p.Density) {
		return config.Errorf("exact prior", "density", "it is nil")
	}
	d := p.Dim()
	if err := checkBuffers("exact prior", x, logp, grad, d); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for b := range logp {
		logp[b] = p.Density.LogDensity(x[b*d:(b+1)*d], p.Sigma)
	}
	if err := nonfinite.Check("log p", logp, 0, 1); err != nil || grad == nil {
		return err
	}
	defer autodiff.Catch(&err)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	sigma := make([]float64, len(logp))
	for b := range sigma {
		sigma[b] = p.Sigma
	}
	p.Density.Score(s, s.Const64(autodiff.S(len(logp), d), x), sigma).CopyTo64(grad)
	return nonfinite.Check("the gradient of log p", grad, 0, d)
}

// checkBuffers says which of x [B,D], logp [B], grad [B,D] or nil has the wrong length.
func checkBuffers(kind string, x, logp, grad []float64, d int) error {
	n := len(logp)
	if len(x) != n*d {
		return config.Errorf(kind, "x", "%d values were given for %d samples of %d", len(x), n, d)
	}
	if grad != nil && len(grad) != n*d {
		return config.Errorf(kind, "grad", "it has room for %d values and must for %d samples of %d", len(grad), n, d)
	}
	return nil
}
