package exact

import (
	"context"
	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// Prior is the log-density of a closed form as a diffusion.Prior: log p(x; Sigma), the density of x_0 + Sigma n at x.
type Prior struct {
	Density Distribution
	Sigma   float64
}

// Dim returns D, the number of elements of a sample.
func (p Prior) Dim() int { return p.Density.Dim() }

// LogProb sets logp [B] to the log-density at x [B,D] in nats and, unless grad is nil, grad [B,D] to the score. It does
// not use keys.
func (p Prior) LogProb(ctx context.Context, x []float64, keys []rng.Key, logp, grad []float64) (err error) {
	if absent.Is(p.Density) {
		return config.Errorf("exact prior", "density", "it is nil")
	}
	d := p.Dim()
	if err := diffusion.CheckBuffers("exact prior", x, logp, grad, d); err != nil {
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
