package reddiff

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// Photon counts behind A(x) = exp(B x): the restarts end around the mode of s f(mu)/m + lambda p |mu|^2/(2d), p = .7245 for
// N(0, I), which Newton's method finds. N = 100 restarts of a thousand steps; Adam's noise leaves .02.
func TestCountsOfANonlinearOperator(t *testing.T) {
	b := mat.NewDense(4, 2, []float64{1, 0, 0, 1, .8, .6, -.5, .5})
	op, y := exponential{b}, []float64{3, 1, 5, 0}
	m := Default()
	m.Steps, m.Order, m.LR, m.Lambda = 1000, Random, .01, 1
	res, err := m.Solve(context.Background(), problem(t, cases.Isotropic(0, 1), op, counts{}, y), infer.Run{Samples: 100, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	s := cases.Find(t, res, "reference variance of the noise").Value
	if math.Abs(s/2.25-1) > .03 {
		t.Errorf("the reference variance is %.4f; counts of 2.25 on average have that variance", s)
	}
	data, ridge := s/4, m.Lambda*.724487/2
	mu, clean := make([]float64, 2), make([]float64, 4)
	for range 50 {
		op.Apply(clean, mu)
		grad, hess := mat.NewVecDense(2, nil), mat.NewDense(2, 2, nil)
		for j := range 2 {
			grad.SetVec(j, ridge*mu[j])
			hess.Set(j, j, ridge)
		}
		for i, c := range clean {
			grad.AddScaledVec(grad, data*(c-y[i]), b.RowView(i))
			hess.RankOne(hess, data*c, b.RowView(i), b.RowView(i))
		}
		var step mat.VecDense
		if err := step.SolveVec(hess, grad); err != nil {
			t.Fatal(err)
		}
		mu[0] -= step.AtVec(0)
		mu[1] -= step.AtVec(1)
	}
	t.Logf("mean of the restarts %.4f, mode %.4f", res.Mean, mu)
	for j := range mu {
		if math.Abs(res.Mean[j]-mu[j]) > .02 {
			t.Errorf("pixel %d ends at %.4f on average, the mode is at %.4f", j, res.Mean[j], mu[j])
		}
	}
}

// The reference variance of any noise follows from its draws alone, within 3%; a law without one is refused.
func TestReferenceVariance(t *testing.T) {
	op := inverse.NewIdentity(autodiff.S(4))
	for name, c := range map[string]struct {
		noise inverse.Noise
		y     []float64
		want  float64
	}{
		"one sigma":      {inverse.Gaussian{Sigma: .3}, []float64{0, 0, 0, 0}, .09},
		"equal sigmas":   {inverse.Gaussian{Sigmas: []float64{.3, .3, .3, .3}}, []float64{0, 0, 0, 0}, .09},
		"extreme sigmas": {inverse.Gaussian{Sigmas: []float64{1e-90, 1e90, 1e90, 1e90}}, []float64{0, 0, 0, 0}, 4e-180},
		"logistic":       {logistic{scale: .4}, []float64{0, 0, 0, 0}, 3 * .4 * .4}, // the information is 1/(3 scale^2)
		"counts":         {counts{}, []float64{0, 1, 8, 3}, 3},
		"no counts":      {counts{}, []float64{0, 0, 0, 0}, math.NaN()},
	} {
		fit, err := newDataFit(problem(t, cases.Isotropic(0, 1), op, c.noise, c.y).Likelihood)
		if math.IsNaN(c.want) {
			if err == nil || !strings.Contains(err.Error(), "red-diff: noise of the kind counts has no reference variance") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(fit.reference/c.want-1) > .03 {
			t.Errorf("%s: the reference variance is %.5g, want %.5g", name, fit.reference, c.want)
		}
	}
}
