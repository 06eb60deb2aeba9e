package cli

import (
	"context"
	"math"
	"path/filepath"
	"slices"

	"tweedie/data"
	"tweedie/eval"
	"tweedie/report"
	"tweedie/rng"
	"tweedie/zoo"
)

// chosen is n different images of a set, drawn by key.
func chosen(set data.Set, n int, key rng.Key) ([][]float64, error) {
	return readSome(set, key.Stream().Perm(set.Len())[:n])
}

// compare measures samples against the two sets.
func (f *evalFlags) compare(ctx context.Context, o *options, prior *zoo.Prior, out *evalOutcome, samples [][]float64, train, test data.Set) error {
	key := rng.New(o.seed)
	all, err := readSome(test, numbersBelow(test.Len()))
	if err != nil {
		return err
	}
	some, err := chosen(train, len(samples), key.Split("training images", 0))
	if err != nil {
		return err
	}
	out.SW2 = report.NumberOf(eval.SlicedWasserstein2(samples, all, f.directions, o.seed))
	out.Floor = report.NumberOf(eval.SlicedWasserstein2(some, all, f.directions, o.seed))
	other, err := chosen(test, len(samples), key.Split("test images", 0))
	if err != nil {
		return err
	}
	near := eval.NewNearest(append(slices.Clone(samples), other...))
	const block = 1024
	bar := newStatus("nearest neighbours", train.Len())
	defer bar.done()
	for lo := 0; lo < train.Len(); lo += block {
		if err := ctx.Err(); err != nil {
			return err
		}
		images, err := readSome(train, numbersBelow(min(lo+block, train.Len()))[lo:])
		if err != nil {
			return err
		}
		near.Add(images)
		bar.set(min(lo+block, train.Len()))
	}
	d := near.Distances()
	ours, theirs := d[:len(samples)], d[len(samples):]
	reference := quantile(theirs, .01)
	out.Nearest, out.TestNear = sumUp(ours, reference), sumUp(theirs, reference)
	if f.folder == nil {
		return nil
	}
	return f.pictures(prior, samples, ours, near.Index(), train)
}

// pictures draws the first 64 samples, and the samples that come nearest to a training image, above those images.
func (f *evalFlags) pictures(prior *zoo.Prior, samples [][]float64, distance []float64, index []int, train data.Set) error {
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
		x, err := readSome(train, index[i:i+1])
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
		s := report.NewSubject(prior.Shape(), prior.Spec.Range, nil, nil)
		var pics []report.Picture
		for _, x := range sheet.images {
			p, err := report.NewPicture("", s.C, s.H, s.W, x, s.Lo, s.Hi)
			if err != nil {
				return err
			}
			pics = append(pics, p)
		}
		if err := report.SavePNG(filepath.Join(f.folder.Path(), sheet.file), report.Sheet(pics, sheet.cols, max(1, 64/max(s.H, s.W)))); err != nil {
			return err
		}
	}
	return nil
}

// quantile is the smallest value that at least a fraction q of the values do not pass.
func quantile(values []float64, q float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return v[max(0, int(math.Ceil(q*float64(len(v))))-1)]
}

func sumUp(d []float64, reference float64) neighbours {
	n := neighbours{Least: slices.Min(d), First: quantile(d, .01), Median: quantile(d, .5), Mean: report.NumberOf(eval.MeanOf(d))}
	for _, v := range d {
		if v < reference {
			n.Below += 1 / float64(len(d))
		}
	}
	return n
}
