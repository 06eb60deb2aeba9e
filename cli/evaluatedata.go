package cli

import (
	"context"
	"fmt"

	"tweedie/data"
	"tweedie/prior"
	"tweedie/problem"
)

// openFor opens a set whose images have the prior's shape; pixels that are integers on disk get its range.
func openFor(ctx context.Context, path string, full float64, prior *prior.Prior) (data.Set, error) {
	opts := data.Options{Max: full, Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1]}
	if prior.Exact != nil { // a density on all of space
		opts.Lo, opts.Hi = 0, 0
	}
	return problem.OpenSet(ctx, path, opts, prior)
}

// readImages reads the images that a flag names, as problem.ReadImages does.
func readImages(ctx context.Context, flag, path string, most int, prior *prior.Prior) ([]float64, int, error) {
	x, n, err := problem.ReadImages(ctx, path, most, prior)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", flag, err)
	}
	return x, n, nil
}
