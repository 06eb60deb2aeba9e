package infer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/internal/cases"
)

// flaky is a method of one number a sample, the seed's, which fails or falls silent at a block.
type flaky struct {
	loop
	solved *[]uint64 // seeds of the blocks
	fail   int       // block that fails; 0 means none
	empty  bool
}

var errFlaky = errors.New("flaky: out of paper")

func (m flaky) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	*m.solved = append(*m.solved, run.Seed)
	if m.fail > 0 && len(*m.solved) > m.fail {
		return nil, errFlaky
	}
	res := &infer.Result{}
	for i := range run.Samples {
		if !m.empty {
			res.Samples = append(res.Samples, []float64{float64(run.Seed), float64(i)})
		}
	}
	return res, ctx.Err()
}

// The first block is that of Solve, later ones have seeds of their own, and the whole repeats.
func TestSamples(t *testing.T) {
	m, p, run := loop{func(x []float64, d *infer.Draw) error {
		d.Stream.FillNorm(x)
		return nil
	}}, cases.Small(), infer.Run{Samples: 3, Seed: 7}
	want, err := m.Solve(context.Background(), p, run)
	if err != nil {
		t.Fatal(err)
	}
	take := func(n int) (out [][]float64) {
		for x, err := range infer.Samples(context.Background(), m, p, run) {
			if err != nil {
				t.Fatal(err)
			}
			if out = append(out, x); len(out) == n {
				break
			}
		}
		return out
	}
	got := take(7)
	if !slices.EqualFunc(got[:3], want.Samples, slices.Equal) {
		t.Error("the first block is not that of Solve")
	}
	for i := range got {
		for j := range i {
			if slices.Equal(got[i], got[j]) {
				t.Errorf("samples %d and %d are equal", j, i)
			}
		}
	}
	if !slices.EqualFunc(got[:5], take(5), slices.Equal) {
		t.Error("another range yields other samples")
	}
}

// A block is solved when its first sample is asked for, and every block has a seed of its own.
func TestSamplesAreLazy(t *testing.T) {
	var solved []uint64
	n := 0
	for range infer.Samples(context.Background(), flaky{solved: &solved}, cases.Small(), infer.Run{Samples: 2, Seed: 5}) {
		n++
		if want := (n + 1) / 2; len(solved) != want {
			t.Fatalf("after %d samples %d blocks are solved", n, len(solved))
		}
		if n == 6 {
			break
		}
	}
	if solved[0] != 5 || solved[1] == 5 || solved[1] == solved[2] {
		t.Errorf("seeds of the blocks %v", solved)
	}
}

// An error comes once and last, after the samples of whole blocks.
func TestSamplesEndWithTheError(t *testing.T) {
	ended, end := context.WithCancel(context.Background())
	end()
	for name, c := range map[string]struct {
		ctx   context.Context
		m     infer.Method
		run   infer.Run
		whole int // samples before the error
		want  string
	}{
		"second block": {context.Background(), flaky{fail: 1}, infer.Run{Samples: 2}, 2, "block 1 of samples, seed"},
		"its cause":    {context.Background(), flaky{fail: 1}, infer.Run{Samples: 2}, 2, errFlaky.Error()},
		"empty":        {context.Background(), flaky{empty: true}, infer.Run{Samples: 2}, 0, "its result has no samples"},
		"ended":        {ended, quickDPnP(), infer.Run{Samples: 2}, 0, context.Canceled.Error()},
		"partial":      {ended, flaky{}, infer.Run{Samples: 2}, 0, context.Canceled.Error()},
		"state":        {context.Background(), quickDPnP(), infer.Run{Samples: 2, State: "s"}, 0, "dpnp: samples without end keep no state"},
		"no samples":   {context.Background(), quickDPnP(), infer.Run{}, 0, "samples is 0"},
		"nil method":   {context.Background(), nil, infer.Run{Samples: 1}, 0, "the Method is nil"},
	} {
		if f, ok := c.m.(flaky); ok {
			f.solved = new([]uint64)
			c.m = f
		}
		whole, errs := 0, []error(nil)
		for x, err := range infer.Samples(c.ctx, c.m, cases.Small(), c.run) {
			switch {
			case len(errs) > 0:
				t.Fatalf("%s: it goes on after the error", name)
			case err != nil && x != nil:
				t.Errorf("%s: a sample beside the error", name)
			case err != nil:
				errs = append(errs, err)
			default:
				whole++
			}
		}
		if whole != c.whole || len(errs) != 1 || !strings.Contains(errs[0].Error(), c.want) {
			t.Errorf("%s: %d samples, errors %v; want %d and %q", name, whole, errs, c.whole, c.want)
		}
	}
}
