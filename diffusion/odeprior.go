package diffusion

import (
	"context"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/numeric"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// ODEPrior computes the log-density of a denoiser's prior by the instantaneous change of variables along the
// probability-flow ODE (Song et al. 2021, eq. 39):
//
//	log p(x) = log pi(x_T) + int_t0^T div F(x_t, t) dt,   x_t0 = x.
//
// pi is N(0, std^2 I) with std = TerminalStd, or the density of Terminal at T. Each sample has its own step sizes,
// probes and evaluations, so its bytes are the same alone and in any batch. The solve is in float64; wrap a float32
// network in Typed. One evaluation costs one forward pass of the network and one forward sweep for each probe, or D of
// them when the trace is exact.
type ODEPrior struct {
	Denoiser Denoiser
	Schedule Schedule
	Shape    autodiff.Shape // of one sample
	Config   ODEConfig
	Terminal TractableDensity      // the true density at T, where it is known; nil takes the Gaussian
	Batch    int                   // samples in one evaluation; 0 is 16
	Progress func(done, total int) // called after every batch with samples done and in all
}

// Density holds the log-densities of samples, with what they cost.
type Density struct {
	LogProb     []float64 // nats
	StdErr      []float64 // standard error over the probes; 0 when the trace is exact, NaN for a single probe
	Evaluations []int     // evaluations of the score that each sample took, with those for its gradient
	End         []float64 // x_T, [B,D]
}

// Dim returns D, the number of elements of a sample.
func (p *ODEPrior) Dim() int { return p.Shape.Size() }

// LogProb sets logp [B] to log p(x) and, unless grad is nil, grad [B,D] to its gradient. keys, one for each sample,
// seed the probes; they may be nil when the trace is exact.
func (p *ODEPrior) LogProb(ctx context.Context, x []float64, keys []rng.Key, logp, grad []float64) error {
	if err := CheckBuffers("ode prior", x, logp, grad, p.Dim()); err != nil {
		return err
	}
	d, err := p.run(ctx, x, keys, grad)
	copy(logp, d.LogProb)
	return err
}

// LogDensity returns log p at x [B,D] with its standard error over the probes and its cost.
func (p *ODEPrior) LogDensity(ctx context.Context, x []float64, keys []rng.Key) (Density, error) {
	return p.run(ctx, x, keys, nil)
}

// Gradient returns what LogDensity does, and the gradient [B,D]. It is the gradient of the discretised value with its
// steps held fixed, by a sweep back that stores x at each step and computes the step's stages again; or, with
// Config.Adjoint, the continuous adjoint. Each stage of each step costs a forward pass, a recorded one, a recorded
// forward sweep for each probe and a reverse sweep through them, in the memory of one evaluation.
func (p *ODEPrior) Gradient(ctx context.Context, x []float64, keys []rng.Key) (Density, []float64, error) {
	grad := make([]float64, len(x))
	d, err := p.run(ctx, x, keys, grad)
	return d, grad, err
}

// validate checks the configuration, and that x and keys hold whole samples.
func (p *ODEPrior) validate(x []float64, keys []rng.Key) error {
	if absent.Is(p.Denoiser) || absent.Is(p.Schedule) {
		return config.Errorf("ode prior", "denoiser, schedule", "one of them is nil")
	}
	if err := p.Config.Validate(); err != nil {
		return err
	}
	if err := p.Schedule.Validate(); err != nil {
		return err
	}
	d := p.Dim()
	if d == 0 || len(x)%d != 0 {
		return config.Errorf("ode prior", "x", "%d values are no whole number of samples of shape %v", len(x), p.Shape)
	}
	if p.Config.Trace != ExactTrace && len(keys) != len(x)/d {
		return config.Errorf("ode prior", "keys", "%d keys were given for %d samples", len(keys), len(x)/d)
	}
	if p.Batch < 0 {
		return config.Errorf("ode prior", "batch", "%d must not be negative", p.Batch)
	}
	return nil
}

// run computes log p batch by batch and, unless grad is nil, its gradient.
func (p *ODEPrior) run(ctx context.Context, x []float64, keys []rng.Key, grad []float64) (res Density, err error) {
	if err := p.validate(x, keys); err != nil {
		return Density{}, err
	}
	defer autodiff.Catch(&err)
	d := p.Dim()
	n, size := len(x)/d, batchSize(p.Batch)
	arena := autodiff.NewArena()
	for lo := 0; lo < n; lo += size {
		hi := min(lo+size, n)
		f := &flow{den: p.Denoiser, sched: p.Schedule, shape: p.Shape, dim: d, log: p.Config.Grid == "log t", group: p.Config.Group, arena: arena}
		var part []rng.Key
		if p.Config.Trace != ExactTrace {
			part = keys[lo:hi]
		}
		f.directions(p.Config, part)
		b := p.integrate(ctx, f, x[lo*d:hi*d])
		if err := b.forward(grad != nil && !p.Config.Adjoint); err != nil {
			return res, err
		}
		if grad != nil {
			if err := b.backward(grad[lo*d : hi*d]); err != nil {
				return res, err
			}
			if err := nonfinite.Check("the gradient of log p", grad[lo*d:hi*d], lo, d); err != nil {
				return res, err
			}
		}
		b.collect(&res)
		if err := nonfinite.Check("log p", res.LogProb[lo:hi], lo, 1); err != nil {
			return res, err
		}
		if p.Progress != nil {
			p.Progress(hi, n)
		}
	}
	return res, nil
}

// terminal sets logp to log pi(x) and grad to its gradient, for states x [B,D] at time T.
func (p *ODEPrior) terminal(f *flow, x, logp, grad []float64) {
	d := p.Dim()
	t := p.Schedule.T()
	if p.Terminal == nil {
		v := TerminalStd(p.Schedule) * TerminalStd(p.Schedule)
		for b := range logp {
			logp[b] = -float64(d) / 2 * (numeric.Log2Pi + math.Log(v))
			for c := b * d; c < (b+1)*d; c++ {
				logp[b] -= x[c] * x[c] / (2 * v)
				grad[c] = -x[c] / v
			}
		}
		return
	}
	a, r := p.Schedule.Alpha(t), p.Schedule.Ratio(t)
	u := make([]float64, len(x))
	scale(u, x, 1/a)
	for b := range logp {
		logp[b] = p.Terminal.LogDensity(u[b*d:(b+1)*d], r) - float64(d)*math.Log(a)
	}
	s := f.arena.Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	times := make([]float64, len(logp))
	for b := range times {
		times[b] = t
	}
	Score(s, p.Terminal, p.Schedule, s.Const64(p.Shape.Insert(0, len(logp)), x), times).CopyTo64(grad)
}
