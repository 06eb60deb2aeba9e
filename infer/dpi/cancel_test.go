package dpi

import (
	"context"
	"errors"
	"math"
	"testing"

	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// ending is a linear operator that ends a context at one of its adjoints, and counts what it is asked for from then on.
type ending struct {
	inverse.Linear
	end         context.CancelFunc
	last, after int // adjoints before the end; applications after it
}

func (o *ending) Apply(dst, x []float64) {
	if o.last <= 0 {
		o.after++
	}
	o.Linear.Apply(dst, x)
}

func (o *ending) Adjoint(dst, y []float64) {
	if o.last--; o.last == 0 {
		o.end()
	}
	o.Linear.Adjoint(dst, y)
}

// TestCancelledSoon: when the context ends within a step, or while the fit is judged after the last one, the operator is asked for no
// other sample, and what there is is returned.
func TestCancelledSoon(t *testing.T) {
	m := quickDPI()
	for name, at := range map[string]int{"within a step": 20*m.Batch + 3, "in the checks": m.Steps*m.Batch + 3} {
		p, _, _ := cases.Ring(t)
		ctx, cancel := context.WithCancel(t.Context())
		op := &ending{p.Likelihood.Op.(inverse.Linear), cancel, at, 0}
		lik, err := inverse.NewLikelihood(op, p.Likelihood.Noise, p.Likelihood.Y)
		if err != nil {
			t.Fatal(err)
		}
		p.Likelihood = lik
		res, err := m.Solve(ctx, p, infer.Run{Samples: 3, Seed: 4})
		if !errors.Is(err, context.Canceled) || res == nil {
			t.Fatalf("%s: %v, %v", name, res, err)
		}
		if len(res.Samples) != 3 || res.Mean == nil || res.Std == nil || math.IsNaN(res.Mean[0]) || res.Evaluations == 0 {
			t.Errorf("%s: %d samples, mean %v, deviation %v, %d evaluations", name, len(res.Samples), res.Mean, res.Std, res.Evaluations)
		}
		if op.after > 2 {
			t.Errorf("%s: %d applications after the end", name, op.after)
		}
	}
}

// TestTogether: images are evaluated in parts of a bounded number of values.
func TestTogether(t *testing.T) {
	for dim, want := range map[int]int{1: 16, 784: 16, 1 << 14: 8, 1 << 20: 1} {
		if got := together(dim); got != want {
			t.Errorf("%d of %d values at once, want %d", got, dim, want)
		}
	}
}
