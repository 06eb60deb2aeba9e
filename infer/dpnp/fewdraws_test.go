package dpnp

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/rng"
)

// A Gaussian field whose draws take evaluations, so that there is one for each particle, seen by 30% of its pixels or frequencies: N =
// 64 samples of the mode smc have .95 to 1.02 of the posterior's variance, summed over pixels, and their mean the error of at least 25
// independent draws. 24 problems of each with -long; otherwise 3, and 4 standard errors more.
func TestVarianceOfFewDraws(t *testing.T) {
	prior, err := cases.Field8()
	if err != nil {
		t.Fatal(err)
	}
	const n, sigma = 64, .05
	problems, more := 3, 4.
	if *long {
		problems, more = 24, 0
	}
	for _, text := range []string{`{"kind":"inpaint","random":{"keep":0.3,"seed":1}}`, `{"kind":"dft","random":{"keep":0.3,"centre":1,"seed":1}}`} {
		op, err := inverse.Decode([]byte(text), autodiff.S(1, 8, 8))
		if err != nil {
			t.Fatal(err)
		}
		a := averages{}
		for i := range problems {
			st := rng.New(7).Split("field", i).Stream()
			truth, y := make([]float64, 64), make([]float64, op.OutShape().Size())
			prior.Sample(truth, st)
			op.Apply(y, truth)
			noise := inverse.Gaussian{Sigma: sigma}
			noise.Sample(y, y, st)
			lik, err := inverse.NewLikelihood(op, noise, y)
			if err != nil {
				t.Fatal(err)
			}
			post, _, err := prior.Posterior(exact.Measure(exact.DenseMatrix(op.(inverse.Linear)), y, sigma))
			if err != nil {
				t.Fatal(err)
			}
			res := solveAuto(t, &infer.Problem{Prior: hidden{prior}, Likelihood: lik, Shape: autodiff.S(1, 8, 8), DType: autodiff.F64, Std: .5}, n, uint64(i))
			variance, exactly, miss := 0., 0., 0.
			for j, m := range post.Mean() {
				variance += res.Std[j] * res.Std[j]
				exactly += post.Cov().At(j, j)
				miss += (res.Mean[j] - m) * (res.Mean[j] - m)
			}
			a.add("variance", variance/exactly)
			a.add("error", miss/exactly)
			a.add("evaluations", float64(res.Evaluations)/n)
			if len(res.Warnings) > 0 {
				t.Errorf("%s, problem %d: %q", text, i, res.Warnings)
			}
		}
		t.Logf("%s: N = %d, %d problems: %s", text, n, problems, a.text("variance", "error", "evaluations"))
		variance, se := a.of("variance")
		near(t, text+": the variance", variance, .985, .035+more*se)
		if e, se := a.of("error"); e > 1./25+more*se {
			t.Errorf("%s: the mean has the error of %.1f draws", text, 1/e)
		}
	}
}
