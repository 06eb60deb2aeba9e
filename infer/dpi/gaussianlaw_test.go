package dpi

import (
	"context"
	"math"
	"testing"

	"tweedie/infer"
	"tweedie/infer/internal/cases"
	_ "tweedie/inverse/all"
)

// On Gaussian priors the full family is the exact posterior, whatever the noise: with one sigma, one for each datum, and a
// covariance, chi^2/m of N = 2,000 draws is within .02 of the exact one and 4 standard errors, every pixel's mean within .15
// deviations, and the variances of the pixels within 5% on the average.
func TestFullFamilyOnGaussians(t *testing.T) {
	for i, l := range cases.FieldLaws {
		if !*long && !l.Each && !l.Full {
			continue
		}
		p, post, err := l.Problem()
		if err != nil {
			t.Fatal(err)
		}
		m := Default()
		m.Family.Kind, m.Prior.Kind = "full", "exact"
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: 2000, Seed: uint64(i)})
		if err != nil {
			t.Fatal(err)
		}
		var chi []float64
		for _, x := range res.Samples {
			chi = append(chi, p.Likelihood.ChiSquared(x))
		}
		got, se := infer.MeanAndError(chi)
		want := cases.ExactMisfit(p.Likelihood, post)
		worst, ratio := 0.0, 0.0
		for j, mean := range post.Mean() {
			v := post.Cov().At(j, j)
			worst = max(worst, math.Abs(res.Mean[j]-mean)/math.Sqrt(v))
			ratio += res.Std[j] * res.Std[j] / v / 64
		}
		t.Logf("%s: chi^2/m %.4f +- %.4f, exact %.4f; means off by at most %.3f deviations, variances %.4f of the exact", l.Name, got, se, want, worst, ratio)
		if math.Abs(got-want) > .02+4*se || worst > .15 || math.Abs(ratio-1) > .05 {
			t.Errorf("%s: the fit is not the posterior", l.Name)
		}
	}
}
