package dpnp

import (
	"context"
	"math"
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/rng"
)

// A draw of a Gaussian prior is a multiple of its noise, and the multiple is the deviation of the draws.
func TestPriorDrawsHaveThePriorsSpread(t *testing.T) {
	training := make([]float64, 1000) // of the linear schedule of Ho et al. 2020
	left := 1.
	for i := range training {
		left *= 1 - (1e-4 + (.02-1e-4)*float64(i)/999)
		training[i] = math.Sqrt((1 - left) / left)
	}
	for _, levels := range [][]float64{nil, training} {
		for _, c := range []struct{ std, s float64 }{{1, .05}, {1, .2}, {1, 1}, {1, 3}, {.2, .2}, {.2, .05}, {0, .5}} {
			if levels != nil && c.std != 1 {
				continue
			}
			p := &infer.Problem{Prior: cases.Isotropic(.4, c.s*c.s), Shape: autodiff.S(1), DType: autodiff.F64, Std: c.std, Mean: .4}
			e := infer.NewEvaluator(context.Background(), p)
			x, w := make([]float64, 1), make([]float64, 1)
			stream := func() []*rng.Stream { return []*rng.Stream{rng.New(2).Stream()} }
			infer.FillNorms(w, stream())
			if err := drawPrior(e, p, levels, x, stream()); err != nil {
				t.Fatal(err)
			}
			if ratio := (x[0] - .4) / w[0] / c.s; math.Abs(ratio*ratio-1) > .02 {
				t.Errorf("std %g, deviation %g, %d training levels: the variance is %.4f of the prior's", c.std, c.s, len(levels), ratio*ratio)
			}
			if e.Evaluations < priorSteps-4 || e.Evaluations > priorSteps {
				t.Errorf("%d evaluations, want about %d", e.Evaluations, priorSteps)
			}
		}
	}
}

// Training levels are kept to: all of them where they are few.
func TestPriorLevels(t *testing.T) {
	few := []float64{.1, .2, .7}
	if got := priorLevels(few, 1); !slices.Equal(got, []float64{.7, .2, .1}) || !slices.Equal(few, []float64{.1, .2, .7}) {
		t.Errorf("levels %v of %v", got, few)
	}
	many := make([]float64, 300)
	for i := range many {
		many[i] = .01 * math.Exp(float64(i)/40)
	}
	got := priorLevels(many, 1)
	if len(got) > priorSteps || len(got) < priorSteps-8 || got[0] != many[299] || got[len(got)-1] != many[0] {
		t.Errorf("%d levels from %g to %g", len(got), got[0], got[len(got)-1])
	}
	for k, l := range got {
		if !slices.Contains(many, l) || k > 0 && l >= got[k-1] {
			t.Errorf("level %d is %g after %g", k, l, got[max(k-1, 0)])
		}
	}
}
