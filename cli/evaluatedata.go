package cli

import (
	"context"
	"fmt"

	"tweedie/data"
	"tweedie/problem"
	"tweedie/zoo"
)

// openFor opens a set whose images have the prior's shape; pixels that are integers on disk get its range.
func openFor(ctx context.Context, path string, full float64, prior *zoo.Prior) (data.Set, error) {
	opts := data.Options{Max: full, Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1]}
	if prior.Exact != nil { // a density on all of space
		opts.Lo, opts.Hi = 0, 0
	}
	return problem.OpenSet(ctx, path, opts, prior)
}

// readImages reads the images that a flag names, as problem.ReadImages does.
func readImages(ctx context.Context, flag, path string, most int, prior *zoo.Prior) ([]float64, int, error) {
	x, n, err := problem.ReadImages(ctx, path, most, prior)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", flag, err)
	}
	return x, n, nil
}

// readSome reads the images of a set with the given numbers.
func readSome(set data.Set, index []int) ([][]float64, error) {
	c, h, w := set.Shape()
	img := make([]float32, c*h*w)
	var images [][]float64
	for _, i := range index {
		if _, err := set.Read(i, img); err != nil {
			return nil, err
		}
		x := make([]float64, len(img))
		for k, v := range img {
			x[k] = float64(v)
		}
		images = append(images, x)
	}
	return images, nil
}

// numbersBelow is 0, 1, ... n-1.
func numbersBelow(n int) []int {
	v := make([]int, n)
	for i := range v {
		v[i] = i
	}
	return v
}

// split cuts images that lie one after the other.
func split(x []float64, d int) (images [][]float64) {
	for ; len(x) > 0; x = x[d:] {
		images = append(images, x[:d:d])
	}
	return images
}
