package calibration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// run is a calibration at work.
type run struct {
	m          infer.Method
	p, made    *infer.Problem // that is solved, and that makes truths and data
	c          Config
	key        rng.Key
	truths     source
	statistics []Statistic
	state      state
	saved      time.Time
}

// Run draws truths and data, solves each problem with m, and reports what the draws tell. Of p it takes the prior, the operator and the
// noise, not the measurement; entries that are missing there are missing in all problems. Problem number i, with the random numbers of
// its solve, follows from the seed and i alone, so that more problems can be added to a state. When ctx ends, or a solve fails, what is
// done is saved to the state, and the error returned.
//
// A method that gives fewer than LeastDraws distinct draws of a problem is refused. Whether the method is calibrated is for the report to
// say, and no error.
func Run(ctx context.Context, m infer.Method, p *infer.Problem, c Config) (rep *Report, err error) {
	defer inverse.CatchOperator(&err)
	r, err := newRun(ctx, m, p, c)
	if err != nil {
		return nil, err
	}
	for i := len(r.state.Cases); i < c.Problems; i++ {
		one, err := r.solve(ctx, i)
		if err != nil {
			return nil, errors.Join(err, r.save(true))
		}
		r.state.Cases = append(r.state.Cases, one)
		if err := r.save(false); err != nil {
			return nil, err
		}
		r.progress()
	}
	if err := r.save(true); err != nil {
		return nil, err
	}
	return r.report(), nil
}

func newRun(ctx context.Context, m infer.Method, p *infer.Problem, c Config) (*run, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := infer.Check(ctx, m, p, infer.Run{Samples: c.Samples}); err != nil {
		return nil, err
	}
	r := &run{m: m, p: p, made: p, c: c, key: rng.New(c.Seed)}
	if c.Truth != nil {
		if err := c.Truth.Validate(); err != nil {
			return nil, fmt.Errorf("calibrate: truth: %w", err)
		}
		r.made = c.Truth
		ours, theirs := p.Likelihood.Op.OutShape(), c.Truth.Likelihood.Op.OutShape()
		if !slices.Equal(c.Truth.Shape.Dims(nil), p.Shape.Dims(nil)) || ours.Size() != theirs.Size() {
			return nil, config.Errorf("calibrate", "truth", "has images %v and %d data, and the problem that is solved %v and %d; they must be alike", c.Truth.Shape, theirs.Size(), p.Shape, ours.Size())
		}
	}
	r.truths = newSource(r.made, c)
	var err error
	if r.statistics, err = statisticsOf(ctx, p, r.truths, r.key); err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	return r, r.load(ctx)
}

// problem returns problem i with its truth.
func (r *run) problem(ctx context.Context, i int) (*infer.Problem, []float64, error) {
	key := r.key.Split("calibration.problem", i)
	images, err := r.truths.draw(ctx, []rng.Key{key.Split("truth", 0)})
	if err != nil {
		return nil, nil, err
	}
	y := inverse.Simulate(r.made.Likelihood.Op, r.made.Likelihood.Noise, images[0], key)
	lik, err := inverse.NewLikelihood(r.p.Likelihood.Op, r.p.Likelihood.Noise, y)
	if err != nil {
		return nil, nil, err
	}
	p := *r.p
	p.Likelihood = lik
	return &p, images[0], nil
}

// solve solves problem i and compares the draws with the truth.
func (r *run) solve(ctx context.Context, i int) (c Case, err error) {
	defer func() {
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("problem %d: %w", i, err)
		}
	}()
	p, truth, err := r.problem(ctx, i)
	if err != nil {
		return c, err
	}
	key := r.key.Split("calibration.problem", i)
	res, err := r.m.Solve(ctx, p, infer.Run{Samples: r.c.Samples, Seed: key.Split("solve", 0).Stream().Uint64()})
	if err != nil {
		return c, err
	}
	if c, err = Measure(p, res, truth, r.statistics, nil, key.Split("ranks", 0).Stream()); err != nil {
		return c, err
	}
	if c.Distinct < LeastDraws {
		return c, fmt.Errorf("calibrate: %d of %d draws are distinct; at least %d must be for ranks: ask for more samples, or of dpnp for more smc.particles or exchange.sweeps", c.Distinct, c.Draws, LeastDraws)
	}
	return c, nil
}

// progress tells how many problems are done.
func (r *run) progress() {
	if r.c.Progress == nil {
		return
	}
	evaluations := int64(0)
	for _, c := range r.state.Cases {
		evaluations += c.Evaluations
	}
	r.c.Progress(infer.Progress{Stage: "problem", Done: len(r.state.Cases), Total: r.c.Problems, Evaluations: evaluations})
}
