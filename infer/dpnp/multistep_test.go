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

// errorAt returns the largest error of a sampler over priors whose deviation is eta/kappa.
func errorAt(t *testing.T, d DenoisingSampler, kappas ...float64) (worst float64) {
	t.Helper()
	const eta = .37
	spreads := make([]float64, len(kappas))
	for i, k := range kappas {
		spreads[i] = eta / k
	}
	r, err := Responses(d, eta, spreads)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range spreads {
		worst = math.Max(worst, r[i].Error(eta, s))
	}
	return worst
}

// The error falls fast with the steps for priors from 10 eta down to eta/2, eta/5 and eta/20, and is far below that of
// Heun's rule at equal cost.
func TestMultistepError(t *testing.T) {
	wide, middle, narrow := []float64{.1, .2, .5, 1, 2}, []float64{.1, .2, .5, 1, 2, 5}, []float64{.1, .2, .5, 1, 2, 5, 10, 20}
	for _, c := range []struct {
		n         int
		correct   bool
		kappas    []float64
		want, win float64
	}{
		{8, true, wide, .014, 20}, {10, true, wide, .009, 20}, {10, true, middle, .011, 40}, {12, true, middle, .007, 50},
		{16, true, narrow, .004, 100}, {24, true, narrow, .001, 100},
		{12, false, middle, .03, 10}, {16, false, middle, .013, 20}, {24, false, narrow, .008, 20},
	} {
		d := DDSMultistep{Steps: c.n, Correct: c.correct}
		got, heun := errorAt(t, d, c.kappas...), errorAt(t, DDSDDIM{Steps: (c.n + 1) / 2, Heun: true}, c.kappas...)
		t.Logf("%s, %d evaluations, eta/s to %g: error %.4f, Heun's %.4f", d.Name(), c.n, c.kappas[len(c.kappas)-1], got, heun)
		if got > c.want || got > heun/c.win {
			t.Errorf("%s, %d evaluations: error %.4f, want %.4f; Heun's is %.4f", d.Name(), c.n, got, c.want, heun)
		}
	}
}

// With the reach at its bound the error falls by the fourth power of the steps.
func TestMultistepConvergence(t *testing.T) {
	a, b := errorAt(t, DDSMultistep{Steps: 40, Correct: true}, 1, 3), errorAt(t, DDSMultistep{Steps: 80, Correct: true}, 1, 3)
	if slope := math.Log2(a / b); slope < 3 {
		t.Errorf("errors %.2e and %.2e: order %.2f", a, b, slope)
	}
}

// The draw of a prior of one point is the point, and a prior without bounds gives back z + eta n in the limit.
func TestMultistepLimits(t *testing.T) {
	for _, correct := range []bool{false, true} {
		d := DDSMultistep{Steps: 12, Correct: correct}
		if r := respond(t, d, 1e-9, .3); math.Abs(r.Gain) > 1e-9 || r.Variance > 1e-9 {
			t.Errorf("%s: a point has the law %v", d.Name(), r)
		}
		if r := respond(t, d, 1e6, .3); math.Abs(r.Gain-1) > .001 || math.Abs(r.Variance/.09-1) > .03 {
			t.Errorf("%s: a flat prior has the law %v", d.Name(), r)
		}
	}
}

// An image has the same bits alone and in a batch, and the evaluations are those of Grid.
func TestMultistepBatches(t *testing.T) {
	const eta = .3
	for _, d := range []DDSMultistep{{Steps: 7}, {Steps: 2}, {Steps: 3, Correct: true}, {Steps: 7, Correct: true, Levels: trainingLevels(t)}} {
		draw := func(images ...int) []float64 {
			e := infer.NewEvaluator(context.Background(), &infer.Problem{Prior: cases.Isotropic(.4, .1), Shape: autodiff.S(2), DType: autodiff.F64})
			var x []float64
			var streams []*rng.Stream
			for _, i := range images {
				x = append(x, float64(i), .5)
				streams = append(streams, rng.New(3).Split("chain", i).Stream())
			}
			if err := d.Draw(e, x, eta, streams); err != nil {
				t.Fatal(err)
			}
			if n := int(e.Evaluations) / len(images); n != len(d.Grid(eta)) || d.Levels == nil && n != d.Steps {
				t.Errorf("%+v: %d evaluations, %d levels", d, n, len(d.Grid(eta)))
			}
			return x
		}
		all := draw(0, 1, 2)
		if one := draw(1); !slices.Equal(all[2:4], one) {
			t.Errorf("%+v: alone %v, in a batch %v", d, one, all[2:4])
		}
	}
}

// On training levels all evaluations are at levels below eta, and the error is that of free levels up to the spacing.
func TestMultistepOnTrainingLevels(t *testing.T) {
	levels := trainingLevels(t)
	for _, eta := range []float64{.02, .1, .4, 1, 10} {
		d := DDSMultistep{Steps: 12, Correct: true, Levels: levels}
		grid := d.Grid(eta)
		for i, l := range grid {
			if !slices.Contains(levels, l) || l >= eta || i > 1 && l >= grid[i-1] {
				t.Fatalf("eta %g: level %d is %g after %v", eta, i, l, grid[:i])
			}
		}
		r, err := Responses(d, eta, []float64{eta, eta / 2})
		if err != nil {
			t.Fatal(err)
		}
		e := math.Max(r[0].Error(eta, eta), r[1].Error(eta, eta/2))
		old, err := Responses(TrainingGrid{Levels: levels, ODE: true}, eta, []float64{eta, eta / 2})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("eta %g: %d levels, error %.4f; of all levels, first order, %.4f", eta, len(grid), e, math.Max(old[0].Error(eta, eta), old[1].Error(eta, eta/2)))
		if eta >= .1 && e > .02 {
			t.Errorf("eta %g: error %.4f", eta, e)
		}
	}
}
