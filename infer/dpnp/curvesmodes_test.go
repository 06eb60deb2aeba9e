package dpnp

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/rng"
)

// Two modes of deviation .1 and weights .7 and .3 at -1 and 1: the mean distance (Wasserstein, in 1/1000 of the prior's
// deviation) between the drawn and the exact conditional law over 21 z at the quantiles of their law, 101 draws each from
// quantiles of the normal law; random ones, 1,010 draws, for ddpm. UniPC must be nearest from 10 evaluations on, at a
// quarter of the distance of Heun.
func TestCurvesOnTwoModes(t *testing.T) {
	modes := func(sd float64) *exact.Mixture {
		var comps []*exact.Gaussian
		for _, m := range []float64{-1, 1} {
			g, err := exact.NewDiagonalGaussian([]float64{m}, []float64{sd * sd})
			if err != nil {
				t.Fatal(err)
			}
			comps = append(comps, g)
		}
		m, err := exact.NewMixture([]float64{.7, .3}, comps...)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	prior := modes(.1)
	for _, eta := range []float64{.2, .5, 1, 2} {
		zs := quantiles(modes(math.Hypot(.1, eta)), 21)
		want := make([][]float64, len(zs))
		for i, z := range zs {
			post, _, err := prior.Posterior(exact.Measure(mat.NewDense(1, 1, []float64{1}), []float64{z}, eta))
			if err != nil {
				t.Fatal(err)
			}
			want[i] = quantiles(post, 101)
		}
		distance := map[string][]float64{}
		for _, c := range curves {
			row := fmt.Sprintf("| %g | %s |", eta, c.name)
			for _, n := range curveEvaluations {
				w := conditionalDistance(t, prior, c.of(n), eta, zs, want) / math.Sqrt(prior.Cov().At(0, 0))
				distance[c.name] = append(distance[c.name], w)
				row += fmt.Sprintf(" %.1f |", 1000*w)
			}
			t.Log(row)
		}
		for i, n := range curveEvaluations {
			if u := distance["unipc"][i]; n >= 10 && (u > distance["ddim, Heun"][i]/4 || u > distance["ddim"][i]/4 || u > distance["ddpm"][i]/2) {
				t.Errorf("eta %g, %d evaluations: unipc %.4f of %v", eta, n, u, distance)
			}
		}
	}
}

// quantiles returns n quantiles, at (i+1/2)/n, of a mixture on the line, by bisection.
func quantiles(m *exact.Mixture, n int) []float64 {
	var laws []distuv.Normal
	for _, g := range m.Components() {
		laws = append(laws, distuv.Normal{Mu: g.Mean()[0], Sigma: math.Sqrt(g.Cov().At(0, 0))})
	}
	w := m.Weights()
	q := make([]float64, n)
	for i := range q {
		lo, hi := -30.0, 30.0
		for range 45 {
			mid, p := (lo+hi)/2, 0.0
			for k, l := range laws {
				p += w[k] * l.CDF(mid)
			}
			if p < (float64(i)+.5)/float64(n) {
				lo = mid
			} else {
				hi = mid
			}
		}
		q[i] = lo
	}
	return q
}

// conditionalDistance returns the mean over zs of the distance between sorted draws given z and the quantiles of the exact
// law.
func conditionalDistance(t *testing.T, prior *exact.Mixture, d DenoisingSampler, eta float64, zs []float64, want [][]float64) (mean float64) {
	t.Helper()
	n := len(want[0])
	draws := n
	if d.Name() == "ddpm" {
		draws = 10 * n
	}
	e := infer.NewEvaluator(context.Background(), &infer.Problem{Prior: prior, Shape: autodiff.S(1), DType: autodiff.F64})
	var x []float64
	for _, z := range zs {
		x = append(x, slices.Repeat([]float64{z}, draws)...)
	}
	st := rng.New(8).Stream()
	err := d.(NormalDrawer).DrawWith(e, x, eta, func(w []float64) {
		if draws > n {
			st.FillNorm(w)
			return
		}
		for i := range w {
			w[i] = distuv.UnitNormal.Quantile((float64(i%n) + .5) / float64(n))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for k := range zs {
		one, thin := x[k*draws:(k+1)*draws], draws/n
		slices.Sort(one)
		for i, q := range want[k] {
			mean += math.Abs((one[i*thin+(thin-1)/2]+one[i*thin+thin/2])/2-q) / float64(n*len(zs))
		}
	}
	return mean
}
