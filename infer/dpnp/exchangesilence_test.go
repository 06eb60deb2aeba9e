package dpnp

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// healthy returns problems of several kinds that the mode exchange solves at its defaults, by name.
func healthy(t *testing.T) map[string]nonlinear {
	t.Helper()
	_, _, _, linear := cases.TwoModes(t)
	flat, err := exact.NewDiagonalGaussian(make([]float64, 6), []float64{1, .5, .3, .2, .1, .05})
	if err != nil {
		t.Fatal(err)
	}
	smooth := nonlinearProblem(t, pixelSquares(6), inverse.Gaussian{Sigma: .3}, []float64{1}, [][]float64{{1, 1, 1, 1, 1, 1}}, .1, []float64{1.2, .9, 1, 1.1, .7, 1.4}, 3)
	y := []float64{.4, -.2, .1, .3, -.1, .05}
	lik, err := inverse.NewLikelihood(inverse.NewIdentity(autodiff.S(1, 2, 3)), student{.2}, y)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]nonlinear{
		"quadratic, Gaussian noise": planar(t, inverse.Gaussian{Sigma: .1}),
		"quadratic, Student noise":  planar(t, student{.06}),
		"quadratic, counts":         planar(t, counts40{}),
		"retrieval of phases":       phases(t, inverse.Gaussian{Sigma: .15}),
		"linear, two modes":         {Problem: linear},
		"squares of one mode":       smooth,
		"identity, Student noise":   {Problem: &infer.Problem{Prior: flat, Likelihood: lik, Shape: autodiff.S(1, 2, 3), DType: autodiff.F64}},
	}
}

// Short runs with nothing wrong give no warning, and modes their weights: 20 seeds of 7 problems, 64 samples; a tenth of the runs
// for each problem and a fiftieth of all may warn.
func TestExchangeIsSilentOnHealthyRuns(t *testing.T) {
	if !*long {
		t.Skip("minutes; run with -long")
	}
	const seeds, samples = 20, 64
	runs, alarms := 0, 0
	problems := healthy(t)
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		p := problems[name]
		t.Run(name, func(t *testing.T) {
			m := Default()
			m.Mode = ExchangeMode
			warned, evaluations, refused := 0, int64(0), 0
			claims := 0.0
			var weights [][]float64
			for seed := range uint64(seeds) {
				res, err := m.Solve(context.Background(), p.Problem, infer.Run{Samples: samples, Seed: seed})
				if err != nil {
					t.Fatal(err)
				}
				if p.prior != nil {
					weights = append(weights, p.weights(res.Samples))
				}
				runs, evaluations = runs+1, evaluations+res.Evaluations
				if len(res.Warnings) > 0 {
					warned, alarms = warned+1, alarms+1
					t.Logf("seed %d: %s", seed, strings.Join(res.Warnings, " | "))
				}
				if res.Evidence.Why != "" {
					refused++
				} else {
					claims += res.Evidence.StdErr
				}
			}
			t.Logf("%d of %d runs warn, %d without evidence, mean error of it %.3f; %.0f evaluations a sample", warned, seeds, refused, claims/math.Max(1, float64(seeds-refused)), float64(evaluations)/seeds/samples)
			if p.prior != nil {
				want, _, _, _ := p.reference(200_000, 1)
				for k, w := range want {
					mean := 0.0
					for _, v := range weights {
						mean += v[k] / seeds
					}
					t.Logf("mode %d: weight %.4f, reference %.4f", k, mean, w)
					if math.Abs(mean-w) > bound(seeds) {
						t.Errorf("mode %d has the weight %.4f, where %.4f belongs", k, mean, w)
					}
				}
			}
			if warned > seeds/10 {
				t.Errorf("%d of %d runs warn", warned, seeds)
			}
		})
	}
	if alarms > runs/50 {
		t.Errorf("%d of %d runs warn", alarms, runs)
	}
}
