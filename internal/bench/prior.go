package bench

import (
	"context"

	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/internal/plan"
	"tweedie/inverse"
	"tweedie/prior"
	"tweedie/rng"
)

// PriorWork describes a piece of work with a prior, done for a batch of images.
type PriorWork struct {
	Name  string
	Short string // says what a step of it is
	// make returns the work; what it does counts as the given number of steps, by which its time is divided.
	make func(prior *prior.Prior, keys []rng.Key, steps int) (func(ctx context.Context) error, error)
}

// PriorWorks lists the workloads that need a prior: two of the prior alone, and each method that can be cut short.
func PriorWorks() []PriorWork {
	all := []PriorWork{
		{"logprob", "A step of Heun's method for the log-density with one probe", logProb},
		{"sample", "A step of Heun's sampler", sample},
	}
	for _, k := range infer.Kinds() {
		if k.Shorten == nil {
			continue
		}
		all = append(all, PriorWork{k.Name, k.Step, func(p *prior.Prior, keys []rng.Key, steps int) (func(context.Context) error, error) {
			return method(p, k, steps, len(keys))
		}})
	}
	return all
}

// CheckSteps refuses a number of steps that no run of a PriorWork takes.
func CheckSteps(steps int) error {
	k := config.Check("")
	k.Int("--steps", steps, 2, config.MostSteps)
	return k.Err()
}

// Time times the work with the prior that open returns, runs times a number of steps, and gives milliseconds per step
// and image. The memory of the prior counts as that of the work.
func (w PriorWork) Time(ctx context.Context, open func() (*prior.Prior, error), batch, runs, steps int, seed uint64) (t Timing, err error) {
	start := plan.PeakRSS()
	prior, err := open()
	if err != nil {
		return t, err
	}
	if err := config.Batch("--batch", batch, prior.Shape().Size(), config.MostInput); err != nil {
		return t, err
	}
	keys := make([]rng.Key, batch)
	for i := range keys {
		keys[i] = rng.New(seed).Split("bench", i)
	}
	f, err := w.make(prior, keys, steps)
	if err != nil {
		return t, err
	}
	t, err = measure(ctx, w.Name, runs, batch*steps, start, nil, func() error { return f(ctx) })
	t.Batch, t.Params = batch, prior.Params
	return t, err
}

// logProb prepares steps of the log-density of images that are noise.
func logProb(prior *prior.Prior, keys []rng.Key, steps int) (func(ctx context.Context) error, error) {
	cfg := diffusion.DefaultODE()
	cfg.Solver, cfg.Steps, cfg.Trace, cfg.Probes = "heun", steps, "rademacher", 1
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	x := make([]float64, len(keys)*prior.Shape().Size())
	rng.New(2).Stream().FillNorm(x)
	p := &diffusion.ODEPrior{Denoiser: prior.Denoiser, Schedule: diffusion.DefaultVP(), Shape: prior.Shape(), Config: cfg}
	return func(ctx context.Context) error { _, err := p.LogDensity(ctx, x, keys); return err }, nil
}

// sample prepares steps of the sampler.
func sample(prior *prior.Prior, keys []rng.Key, steps int) (func(ctx context.Context) error, error) {
	h := diffusion.DefaultHeun()
	h.Steps = steps
	how := prior.Spec.Within(h)
	return func(ctx context.Context) error {
		_, err := how.Sample(ctx, prior.Denoiser, diffusion.Job{Shape: prior.Shape(), Keys: keys, Batch: len(keys)})
		return err
	}, nil
}

// method prepares a run of a method, of so many steps, on the problem of an image seen through noise.
func method(prior *prior.Prior, k infer.Kind, steps, samples int) (func(ctx context.Context) error, error) {
	op, err := inverse.IdentityConfig{}.Build(prior.Shape())
	if err != nil {
		return nil, err
	}
	y := make([]float64, op.OutShape().Size())
	rng.New(2).Stream().FillNorm(y)
	for i := range y {
		y[i] = prior.Spec.Affine.ToPhysical(y[i])
	}
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: prior.Spec.Std / 10}, y)
	if err != nil {
		return nil, err
	}
	p := infer.NewProblem(prior, lik)
	m := k.Shorten(k.New(p, infer.Standard), steps, samples)
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		_, err := m.Solve(ctx, p, infer.Run{Samples: samples})
		return err
	}, nil
}
