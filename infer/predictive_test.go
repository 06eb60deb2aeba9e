package infer_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/rng"
)

// Scores from inner products are those of the covariance itself.
func TestFoldScore(t *testing.T) {
	st := rng.New(4).Stream()
	for _, k := range []int{3, 9} {
		const m = 5
		rows, s := make([][]float64, k), make([]float64, m)
		all := mat.NewDense(k, m, nil)
		for i := range rows {
			rows[i] = make([]float64, m)
			st.FillNorm(rows[i])
			all.SetRow(i, rows[i])
		}
		st.FillNorm(s)
		cov := mat.NewSymDense(m, nil)
		stat.CovarianceMatrix(cov, all, nil)
		r := mat.NewVecDense(m, nil)
		for j := range m {
			cov.SetSym(j, j, cov.At(j, j)+1)
			r.SetVec(j, s[j]-stat.Mean(mat.Col(nil, j, all), nil))
		}
		var u mat.VecDense
		if err := u.SolveVec(cov, r); err != nil {
			t.Fatal(err)
		}
		form, square := infer.FoldScore(rows, s)
		if want, two := mat.Dot(r, &u), mat.Dot(&u, &u); math.Abs(form-want) > 1e-12*want || math.Abs(square-two) > 1e-12*two {
			t.Errorf("%d rows: %v, %v; want %v, %v", k, form, square, want, two)
		}
	}
}

// The prior-predictive numbers of a Gaussian prior do not depend on its units, and are r^2/(a^2 s^2 + sigma^2) in one
// dimension.
func TestGaussianPredictive(t *testing.T) {
	g, err := exact.NewDiagonalGaussian([]float64{.2}, []float64{.09})
	if err != nil {
		t.Fatal(err)
	}
	op, err := inverse.DenseConfig{Rows: 1, Data: []float64{2}}.Build(autodiff.S(1, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []diffusion.Affine{{}, {Scale: 4, Shift: 1}} {
		p := cases.Problem(g, op, .5, []float64{1.7})
		p.Affine = a
		r := &infer.Result{Spread: infer.PosteriorSpread, Samples: [][]float64{{.8}}}
		r.Summarise()
		if err := r.Examine(p, 0); err != nil {
			t.Fatal(err)
		}
		unit, mean := 1., .2
		if a.Scale != 0 {
			unit, mean = 4, 4*.2+1
		}
		variance := 4*unit*unit*.09 + .25
		want := map[string]float64{predictive: (1.7 - 2*mean) * (1.7 - 2*mean) / variance}
		want[noise] = want[predictive]
		for _, v := range r.Verdicts {
			if w, ok := want[v.Name]; ok && math.Abs(v.Value-w) > 1e-12 {
				t.Errorf("%v: %s is %v, want %v", a, v.Name, v.Value, w)
			}
			delete(want, v.Name)
		}
		if len(want) > 0 {
			t.Errorf("%v: no verdict on %v", a, want)
		}
	}
}

// A problem in x = 4 m + 1 has the same draws, and so the same numbers, as that in m with an operator 4 times as large.
func TestDrawsHaveUnits(t *testing.T) {
	g, err := exact.NewDiagonalGaussian([]float64{.2, .4}, []float64{.09, .04})
	if err != nil {
		t.Fatal(err)
	}
	prior, err := exact.NewMixture([]float64{1}, g)
	if err != nil {
		t.Fatal(err)
	}
	var values [2]map[string]float64
	for i, a := range []diffusion.Affine{{}, {Scale: 4, Shift: 1}} {
		scale, y, x := 4., 1.7, []float64{.3, .4}
		if i == 1 {
			scale, y, x = 1, 1.7+2, []float64{4*.3 + 1, 4*.4 + 1}
		}
		op, err := inverse.DenseConfig{Rows: 1, Data: []float64{scale, scale}}.Build(autodiff.S(1, 1, 2))
		if err != nil {
			t.Fatal(err)
		}
		p := cases.Problem(prior, op, .5, []float64{y})
		p.Affine = a
		r := &infer.Result{Spread: infer.PosteriorSpread, Samples: [][]float64{x, x}}
		r.Summarise()
		if err := r.Examine(p, 0); err != nil {
			t.Fatal(err)
		}
		values[i] = map[string]float64{}
		for _, v := range r.Verdicts {
			values[i][v.Name] = v.Value
		}
	}
	for _, name := range []string{predictive, noise, reweighted} {
		if a, b := values[0][name], values[1][name]; a == 0 || !(math.Abs(b/a-1) < 1e-9) {
			t.Errorf("%s is %v, and %v in other units", name, a, b)
		}
	}
}

// other is Gaussian noise of which only the interface is known.
type other struct{ inverse.Gaussian }

func (other) Kind() string { return "other" }

// A noise of another kind is judged by simulation: its numbers are within 15% of what is known of it.
func TestOtherNoise(t *testing.T) {
	var values [2]map[string]infer.Verdict
	for i, law := range []inverse.Noise{inverse.Gaussian{Sigma: .1}, other{inverse.Gaussian{Sigma: .1}}} {
		s := sees(t, 5, .1, priorDraws)
		r := s.solve(t)
		s.p.Likelihood.Noise = law
		if failed := s.examine(t, r); len(failed) > 0 {
			t.Errorf("a healthy run fails %q", failed)
		}
		values[i] = map[string]infer.Verdict{}
		for _, v := range r.Verdicts {
			values[i][v.Name] = v
		}
	}
	for _, name := range []string{chi2, predictive, noise} {
		a, b := values[0][name], values[1][name]
		for _, pair := range [][2]float64{{a.Value, b.Value}, {*a.Low, *b.Low}, {*a.High, *b.High}} {
			if !(math.Abs(pair[1]/pair[0]-1) < .15) {
				t.Errorf("%s is %.3g with %s, and %.3g with %s by simulation", name, a.Value, a.Limits.Text(), b.Value, b.Limits.Text())
			}
		}
	}
	s := sees(t, 5, .1, priorDraws)
	r := s.solve(t)
	s.p.Likelihood.Noise = other{inverse.Gaussian{Sigma: 1}}
	if failed := strings.Join(s.examine(t, r), ", "); !strings.Contains(failed, chi2) || !strings.Contains(failed, noise) {
		t.Errorf("a sigma 10 times too large fails only %q", failed)
	}
}

// A noise so small that rounding outweighs it leaves the checks by draws of the prior unknown, and the result in order.
func TestVanishingNoise(t *testing.T) {
	p := cases.Small()
	p.Likelihood.Noise = inverse.Gaussian{Sigma: 1e-12}
	r := &infer.Result{Method: "test", Spread: infer.PosteriorSpread, PriorDraws: make([][]float64, 40)}
	for i := range r.PriorDraws {
		r.PriorDraws[i] = make([]float64, 24)
		rng.New(1).Split("draw", i).Stream().FillNorm(r.PriorDraws[i])
	}
	r.Samples = r.PriorDraws[:4]
	r.Summarise()
	if err := r.Examine(p, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}
