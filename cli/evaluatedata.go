package cli

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/data"
	"tweedie/internal/input"
	"tweedie/zoo"
)

// openFor opens a set whose images have the prior's shape; pixels that are integers on disk get its range.
func openFor(ctx context.Context, path string, full float64, prior *zoo.Prior) (data.Set, error) {
	opts := data.Options{Max: full, Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1]}
	if prior.Exact != nil { // a density on all of space
		opts.Lo, opts.Hi = 0, 0
	}
	return openShaped(ctx, path, opts, prior)
}

// openShaped opens a set and checks that its images have the prior's shape.
func openShaped(ctx context.Context, path string, opts data.Options, prior *zoo.Prior) (data.Set, error) {
	sh := prior.Spec.Shape
	opts.Gray = sh[0] == 1
	if len(sh) == 3 {
		opts.Shape = [3]int(sh)
	}
	set, err := data.Open(ctx, path, opts)
	if err != nil {
		return nil, err
	}
	c, h, w := set.Shape()
	if got := autodiff.S(c, h, w); got != prior.Shape() {
		return nil, fmt.Errorf("%s holds images of shape %v and the prior's are %v; crop or resize them first", input.Name(path), got, prior.Shape())
	}
	return set, nil
}
