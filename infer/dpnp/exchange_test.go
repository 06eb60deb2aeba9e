package dpnp

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// solved runs the mode exchange on a problem for some seeds, and returns the mean of the weights of the modes, their
// deviations between seeds, and the results.
func solved(t *testing.T, p nonlinear, samples, seeds int) (mean, deviation []float64, all []*infer.Result) {
	t.Helper()
	m := Default()
	m.Mode = ExchangeMode
	k := len(p.prior.Weights())
	mean, deviation = make([]float64, k), make([]float64, k)
	var each [][]float64
	evaluations := int64(0)
	for seed := range seeds {
		res, err := m.Solve(context.Background(), p.Problem, infer.Run{Samples: samples, Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		w := p.weights(res.Samples)
		each, all = append(each, w), append(all, res)
		for i, v := range w {
			mean[i] += v / float64(seeds)
		}
		evaluations += res.Evaluations / int64(seeds)
	}
	for _, w := range each {
		for i, v := range w {
			deviation[i] += (v - mean[i]) * (v - mean[i]) / float64(seeds-1)
		}
	}
	for i, v := range deviation {
		deviation[i] = math.Sqrt(v)
	}
	t.Logf("N = %d, seeds 0 to %d: weights %.4f, deviation of one run %.4f, %d evaluations a run, %.0f a sample, %v for the last run; %s",
		samples, seeds-1, mean, deviation, evaluations, float64(evaluations)/float64(samples), all[seeds-1].Elapsed, all[seeds-1].Notes[0])
	return mean, deviation, all
}

// bound returns how far the mean of a weight may be off: .05 over 20 seeds, and of a few short runs, one of which has been
// seen to deviate by .05 to .1, four errors.
func bound(seeds int) float64 {
	if seeds >= 20 {
		return .05
	}
	return 4 * .08 / math.Sqrt(float64(seeds))
}

// checkModes compares the runs of some seeds with the reference: the mean of the weights is to be within bound,
// and that of log p(y) within four errors of the mean and the mean of the errors that the runs claim.
func checkModes(t *testing.T, p nonlinear, samples, seeds int) {
	t.Helper()
	want, wantError, evidence, evidenceError := p.reference(200_000, 1)
	t.Logf("reference: weights %.4f +- %.4f, log p(y) %.4f +- %.4f", want, wantError, evidence, evidenceError)
	got, _, all := solved(t, p, samples, seeds)
	for k := range want {
		if math.Abs(got[k]-want[k]) > bound(seeds) {
			t.Errorf("the mode %d has the weight %.4f, where %.4f belongs", k, got[k], want[k])
		}
	}
	var values, claims []float64
	warned := 0
	for _, res := range all {
		if res.Evidence.Why == "" {
			values, claims = append(values, res.Evidence.Value), append(claims, res.Evidence.StdErr)
		}
		if len(res.Warnings) > 0 {
			warned++
		}
		if (res.Weighted == nil) != (res.Evidence.Why != "") || len(res.Samples) != samples {
			t.Errorf("%d samples; evidence %+v", len(res.Samples), res.Evidence)
		}
	}
	if len(values) < seeds*9/10 {
		t.Errorf("only %d of %d runs could weigh their draws", len(values), seeds)
	}
	z, deviation := stat.MeanStdDev(values, nil)
	if seeds < 20 {
		deviation = .08
	}
	claimed := stat.Mean(claims, nil)
	t.Logf("log p(y) %.4f, deviation %.4f, claimed %.4f, in %d runs; %d of %d runs with warnings, the last %q", z, deviation, claimed, len(values), warned, seeds, all[seeds-1].Warnings)
	if !(math.Abs(z-evidence) <= claimed+4*deviation/math.Sqrt(float64(len(values)))) {
		t.Errorf("log p(y) is %.4f, where %.4f belongs", z, evidence)
	}
}

// The weights of modes and the evidence of a mixture in the plane, seen through one quadratic datum.
func TestExchangeInThePlane(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of sweeps")
	}
	samples, seeds := 64, 4
	if *long {
		samples, seeds = 256, 20
	}
	checkModes(t, planar(t, inverse.Gaussian{Sigma: .1}), samples, seeds)
}

// The same of phase retrieval in 8 dimensions.
func TestExchangeRetrievesPhases(t *testing.T) {
	if !*long {
		t.Skip("minutes; run with -long")
	}
	checkModes(t, phases(t, inverse.Gaussian{Sigma: .15}), 256, 20)
}

// On a linear problem with an exact answer the data are drawn exactly, at every power of the likelihood.
func TestExchangeOnALinearProblem(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of sweeps")
	}
	prior, post, evidence, p := cases.TwoModes(t)
	samples, seeds := 64, 2
	if *long {
		samples, seeds = 256, 20
	}
	_, _, all := solved(t, nonlinear{p, prior, nil}, samples, seeds)
	weight, value, claimed := 0.0, 0.0, 0.0
	for _, res := range all {
		w, _, _, _ := cases.ModeStats(res, post)
		weight += w / float64(seeds)
		value += res.Evidence.Value / float64(seeds)
		claimed += res.Evidence.StdErr / float64(seeds)
	}
	want := post.Weights()[0]
	t.Logf("weight %.4f, exact %.4f; log p(y) %.4f, exact %.4f, claimed error of a run %.4f", weight, want, value, evidence, claimed)
	if math.Abs(weight-want) > bound(seeds) || math.Abs(value-evidence) > claimed*(.5+4/math.Sqrt(float64(seeds))) {
		t.Errorf("weight %.4f, exact %.4f; log p(y) %.4f, exact %.4f", weight, want, value, evidence)
	}
}

// The same with noises that are not Gaussian: Student t, and counts.
func TestExchangeWithOtherNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of sweeps")
	}
	samples, seeds := 64, 2
	if *long {
		samples, seeds = 256, 20
	}
	t.Run("student", func(t *testing.T) { checkModes(t, planar(t, student{.06}), samples, seeds) })
	t.Run("counts", func(t *testing.T) { checkModes(t, planar(t, counts40{}), samples, seeds) })
	// One of the modes is nearly at the bound of the counts, another one beyond it.
	means := [][]float64{{.05, .3}, {.6, .2}, {-.5, .4}}
	near := nonlinearProblem(t, inverse.NewIdentity(autodiff.S(1, 1, 2)), bounded40{}, []float64{.3, .2, .5}, means, .03, []float64{.15, .25}, 5)
	t.Run("bounded counts", func(t *testing.T) { checkModes(t, near, samples, seeds) })
}
