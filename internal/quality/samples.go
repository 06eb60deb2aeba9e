package quality

import (
	"context"
	"math"
	"path/filepath"
	"slices"

	"tweedie/data"
	"tweedie/eval"
	"tweedie/internal/priors"
	"tweedie/report"
	"tweedie/rng"
)

// chosen reads n different images of a set, drawn by key.
func chosen(set data.Set, n int, key rng.Key) ([][]float64, error) {
	return readSome(set, key.Stream().Perm(set.Len())[:n])
}

// compare measures samples against the two sets.
func (e *Evaluation) compare(ctx context.Context, out *Outcome) error {
	key, samples, train, test := rng.New(e.Seed), e.Samples, e.Train, e.Test
	all, err := readSome(test, numbersBelow(test.Len()))
	if err != nil {
		return err
	}
	some, err := chosen(train, len(samples), key.Split("training images", 0))
	if err != nil {
		return err
	}
	out.SW2 = report.NumberOf(eval.SlicedWasserstein2(samples, all, e.Directions, e.Seed))
	out.Floor = report.NumberOf(eval.SlicedWasserstein2(some, all, e.Directions, e.Seed))
	other, err := chosen(test, len(samples), key.Split("test images", 0))
	if err != nil {
		return err
	}
	near := eval.NewNearest(append(slices.Clone(samples), other...))
	const block = 1024
	set, end := e.Watch.Begin("nearest neighbours", train.Len())
	defer end()
	for lo := 0; lo < train.Len(); lo += block {
		if err := ctx.Err(); err != nil {
			return err
		}
		images, err := readSome(train, numbersBelow(min(lo+block, train.Len()))[lo:])
		if err != nil {
			return err
		}
		near.Add(images)
		set(min(lo+block, train.Len()))
	}
	d := near.Distances()
	ours, theirs := d[:len(samples)], d[len(samples):]
	reference := quantile(theirs, .01)
	out.Nearest, out.TestNear = summarise(ours, reference), summarise(theirs, reference)
	if e.Folder == "" {
		return nil
	}
	return e.pictures(ours, near.Index())
}

// pictures draws the first 64 samples, and the samples that come nearest to a training image, above those images.
func (e *Evaluation) pictures(distance []float64, index []int) error {
	samples := e.Samples
	order := numbersBelow(len(samples))
	slices.SortFunc(order, func(i, j int) int {
		if distance[i] < distance[j] {
			return -1
		}
		return 1
	})
	const cols = 16
	order = order[:min(cols, len(order))]
	var pairs [][]float64
	for _, i := range order {
		pairs = append(pairs, samples[i])
	}
	for _, i := range order {
		x, err := readSome(e.Train, index[i:i+1])
		if err != nil {
			return err
		}
		pairs = append(pairs, x[0])
	}
	for _, sheet := range []struct {
		file   string
		images [][]float64
		cols   int
	}{{"samples.png", samples[:min(64, len(samples))], 8}, {"nearest.png", pairs, len(order)}} {
		pics, err := priors.Pictures(e.Prior, sheet.images)
		if err != nil {
			return err
		}
		if err := report.SavePNG(filepath.Join(e.Folder, sheet.file), report.Sheet(pics, sheet.cols, max(1, 64/max(pics[0].H, pics[0].W)))); err != nil {
			return err
		}
	}
	return nil
}

// quantile returns the smallest value that at least a fraction q of the values do not exceed.
func quantile(values []float64, q float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return v[max(0, int(math.Ceil(q*float64(len(v))))-1)]
}

// summarise sums up distances, and counts those below a reference.
func summarise(d []float64, reference float64) Neighbours {
	n := Neighbours{Least: slices.Min(d), First: quantile(d, .01), Median: quantile(d, .5), Mean: report.NumberOf(eval.MeanOf(d))}
	for _, v := range d {
		if v < reference {
			n.Below += 1 / float64(len(d))
		}
	}
	return n
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

// numbersBelow returns 0, 1, ... n-1.
func numbersBelow(n int) []int {
	v := make([]int, n)
	for i := range v {
		v[i] = i
	}
	return v
}
