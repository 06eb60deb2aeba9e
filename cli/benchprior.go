package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
	"tweedie/zoo"
)

// priorBench is a piece of work with a prior, done for a batch of images.
type priorBench struct {
	use, short string
	// make returns the work; what it does counts as the given number of steps, by which its time is divided.
	make func(prior *zoo.Prior, keys []rng.Key, steps int) (func(ctx context.Context) error, error)
}

// priorBenches returns the workloads that need a prior: two of the prior alone, and each method that can be cut short.
func priorBenches() []priorBench {
	all := []priorBench{
		{"logprob", "A step of Heun's method for the log-density with one probe", benchLogProb},
		{"sample", "A step of Heun's sampler", benchSample},
	}
	for _, k := range infer.Kinds() {
		if k.Shorten == nil {
			continue
		}
		all = append(all, priorBench{k.Name, k.Step, func(p *zoo.Prior, keys []rng.Key, steps int) (func(context.Context) error, error) {
			return benchMethod(p, k, steps, len(keys))
		}})
	}
	return all
}

func benchPriorCommands(o *options) (cs []*cobra.Command) {
	for _, p := range priorBenches() {
		cs = append(cs, p.command(o))
	}
	return cs
}

func (p priorBench) command(o *options) *cobra.Command {
	b := &benchSize{size: 2, channels: 1}
	var name string
	var steps int
	c := &cobra.Command{Use: p.use, Short: p.short + "; prints one line of JSON", Args: noArgs,
		Long: p.short + ` for a batch of images of a prior. Prints one line of JSON: milliseconds are those of
one step and one image. A run is --steps of them.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			k := config.Check("")
			if k.Int("--steps", steps, 2, config.MostSteps); k.Err() != nil {
				return k.Err()
			}
			restore, err := b.use()
			if err != nil {
				return err
			}
			defer restore()
			start := peakRSS()
			prior, err := openPriorOf(name, noClass)
			if err != nil {
				return err
			}
			if err := checkBatch("--batch", b.batch, prior.Shape().Size(), maxInput); err != nil {
				return err
			}
			keys := make([]rng.Key, b.batch)
			for i := range keys {
				keys[i] = rng.New(o.seed).Split("bench", i)
			}
			f, err := p.make(prior, keys, steps)
			if err != nil {
				return err
			}
			t, err := measure(cmd.Context(), p.use, b.runs, b.batch*steps, start, nil, func() error { return f(cmd.Context()) })
			if err != nil {
				return err
			}
			t.Batch, t.Params = b.batch, prior.Params
			return printLine(cmd.OutOrStdout(), t)
		}}
	c.Flags().StringVar(&name, "prior", defaultPrior, "name of a prior or a checkpoint file")
	c.Flags().IntVar(&b.batch, "batch", 16, "images")
	c.Flags().IntVar(&b.runs, "runs", 5, "timed runs")
	c.Flags().IntVar(&b.threads, "threads", 0, "threads; 0 is all")
	c.Flags().IntVar(&steps, "steps", 8, "steps of a run")
	return c
}

func benchLogProb(prior *zoo.Prior, keys []rng.Key, steps int) (func(ctx context.Context) error, error) {
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

func benchSample(prior *zoo.Prior, keys []rng.Key, steps int) (func(ctx context.Context) error, error) {
	h := diffusion.DefaultHeun()
	h.Steps = steps
	how := prior.Spec.Within(h)
	return func(ctx context.Context) error {
		_, err := how.Sample(ctx, prior.Denoiser, diffusion.Job{Shape: prior.Shape(), Keys: keys, Batch: len(keys)})
		return err
	}, nil
}

// benchMethod returns a run of a method, of so many steps, on the problem of an image seen through noise.
func benchMethod(prior *zoo.Prior, k infer.Kind, steps, samples int) (func(ctx context.Context) error, error) {
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
