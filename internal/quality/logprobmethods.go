package quality

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/rng"
)

// denoiser is that of the prior in the element type that is wanted.
func (l *LogProb) denoiser() diffusion.Denoiser {
	if l.Double {
		return l.Prior.InFloat64()
	}
	return l.Prior.Denoiser
}

// flow integrates the ODE.
func (l *LogProb) flow(ctx context.Context, m []float64, keys []rng.Key, out *Densities) (res diffusion.Density, err error) {
	set, end := l.Watch.Begin("log-density", len(keys))
	defer end()
	s := diffusion.DefaultVP()
	p := &diffusion.ODEPrior{Denoiser: l.denoiser(), Schedule: s, Shape: l.Prior.Shape(), Config: l.ODE, Progress: func(done, _ int) { set(done) }}
	out.Note = fmt.Sprintf("ode: the density of the images with noise of deviation %.3g, that of t0 = %g; an estimate, and no bound",
		s.Ratio(l.ODE.T0)*l.Prior.Spec.Affine.Unit(), l.ODE.T0)
	if out.Gradient == nil {
		return p.LogDensity(ctx, m, keys)
	}
	res, out.Gradient, err = p.Gradient(ctx, m, keys)
	return res, err
}

// bound estimates the evidence bound, in blocks so that the watch moves.
func (l *LogProb) bound(ctx context.Context, m []float64, keys []rng.Key, out *Densities) (res diffusion.Bound, err error) {
	cfg := diffusion.DefaultELBO()
	cfg.Draws, cfg.Strata = l.Draws, diffusion.BySample
	s := diffusion.DefaultVP()
	b := &diffusion.ELBO{Denoiser: l.denoiser(), Schedule: s, Shape: l.Prior.Shape(), Config: cfg}
	if l.Double || l.Prior.Exact != nil {
		b.DType = autodiff.F64
	}
	out.Note = fmt.Sprintf("elbo: a lower bound, to O(t0), of the density of the images under the SDE from t0 = %g; for why the ODE's differs see logprob --help", cfg.T0)
	set, end := l.Watch.Begin("evidence bound", len(keys))
	defer end()
	d := l.Prior.Shape().Size()
	const block = 16
	for lo := 0; lo < len(keys); lo += block {
		hi := min(lo+block, len(keys))
		var grad []float64
		if out.Gradient != nil {
			grad = out.Gradient[lo*d : hi*d]
		}
		part, err := b.Estimate(ctx, m[lo*d:hi*d], keys[lo:hi], grad)
		if err != nil {
			return res, err
		}
		res.LogProb, res.StdErr, res.Evaluations = append(res.LogProb, part.LogProb...), append(res.StdErr, part.StdErr...), part.Evaluations
		set(hi)
	}
	return res, nil
}
