package infer

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"tweedie/internal/absent"
	"tweedie/rng"
)

// Samples yields samples of m on p one after the other, in the units of x [C*H*W], without an end until the consumer stops:
//
//	for x, err := range infer.Samples(ctx, m, p, run) { ... }
//
// It solves in blocks of run.Samples, each a whole Solve that costs what Solve costs; DPI fits its family anew. Block 0 has
// run.Seed, so that its samples are those of Solve, and the seed of block k follows from run.Seed and k. A block is solved
// when its first sample is asked for, and ranging again starts again. run.Progress hears of each block by itself.
//
// An error is yielded once, with a nil sample, and ends the sequence; when ctx ends, that is its error, and samples of the
// unfinished block are not yielded. A run that names a State file is refused so. What Solve would warn of is not seen here.
func Samples(ctx context.Context, m Method, p *Problem, run Run) iter.Seq2[[]float64, error] {
	return func(yield func([]float64, error) bool) {
		for k := 0; ; k++ {
			samples, err := block(ctx, m, p, run, k)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, x := range samples {
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}

// block returns the samples of block k of Samples.
func block(ctx context.Context, m Method, p *Problem, run Run, k int) ([][]float64, error) {
	if absent.Is(m) {
		return nil, errors.New("infer: the Method is nil; infer/dpnp has one")
	}
	if run.State != "" {
		return nil, fmt.Errorf("%s: samples without end keep no state, so they cannot resume from %s; leave the state file out, or call Solve", m.Name(), run.State)
	}
	if k > 0 {
		run.Seed = rng.New(run.Seed).Split("infer.samples", k).Stream().Uint64()
	}
	res, err := m.Solve(ctx, p, run)
	switch {
	case err != nil && k > 0 && ctx.Err() == nil:
		return nil, fmt.Errorf("block %d of samples, seed %d: %w", k, run.Seed, err)
	case err != nil:
		return nil, err
	case len(res.Samples) == 0:
		return nil, fmt.Errorf("%s: its result has no samples", m.Name())
	}
	return res.Samples, nil
}
