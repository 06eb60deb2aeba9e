package eval_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/eval"
	"tweedie/rng"
)

// The transform lies in the cell of the truth's rank, of equal values in all of theirs, and weights count.
func TestRandomizedPIT(t *testing.T) {
	st := rng.New(3).Stream()
	for _, c := range []struct {
		draws, weights []float64
		truth, lo, hi  float64
	}{
		{[]float64{3, 1, 2}, nil, 2.5, .5, .75},
		{[]float64{3, 1, 2}, []float64{1. / 3, 1. / 3, 1. / 3}, 0, 0, .25},
		{[]float64{3, 1, 2}, nil, 9, .75, 1},
		{[]float64{2, 1, 2}, nil, 2, .25, 1},
		// Weights 2/3 and 1/3 are worth 9/5 draws: (1.8 * 2/3 + [0,1)) / 2.8.
		{[]float64{1, 2}, []float64{2. / 3, 1. / 3}, 1.5, 1.2 / 2.8, 2.2 / 2.8},
		{[]float64{math.Inf(-1), 2}, nil, math.Inf(-1), 0, 2. / 3},
	} {
		lo, hi := 1., 0.
		for range 2000 {
			u := eval.RandomizedPIT(c.draws, c.weights, c.truth, st)
			lo, hi = min(lo, u), max(hi, u)
		}
		if near := .01; lo < c.lo || hi >= c.hi || lo > c.lo+near || hi < c.hi-near {
			t.Errorf("%v among %v with %v: from %g to %g; want from %g to %g", c.truth, c.draws, c.weights, lo, hi, c.lo, c.hi)
		}
	}
}

// N = 4,000 truths of the law of the draws, whole numbers of which many coincide, have uniform transforms: the largest gap to the uniform
// law is that of the Kolmogorov law, 1.95/sqrt N with probability .001.
func TestRandomizedPITIsUniform(t *testing.T) {
	const n = 4000
	st := rng.New(4).Stream()
	u := make([]float64, n)
	draws := make([]float64, 9)
	for i := range u {
		for k := range draws {
			draws[k] = float64(st.Intn(4))
		}
		u[i] = eval.RandomizedPIT(draws, nil, float64(st.Intn(4)), st)
	}
	slices.Sort(u)
	worst := 0.0
	for i, v := range u {
		worst = max(worst, math.Abs(v-float64(i)/n), math.Abs(v-float64(i+1)/n))
	}
	if worst > 1.95/math.Sqrt(n) {
		t.Errorf("the law of the transform is %.4f off the uniform one", worst)
	}
}

// A bin of a flat histogram of n = 100 ranks leaves its limits with a probability of at most alpha/20, and the next tighter ones leave
// more.
func TestRankHistogramLimits(t *testing.T) {
	const n, alpha = 100, .01
	var ranks []int
	for i := range n {
		ranks = append(ranks, i%20)
	}
	least, most := eval.SBC(ranks, 19, 20).Limits(alpha)
	b := distuv.Binomial{N: n, P: 1. / 20}
	for i := range least {
		if out := b.CDF(float64(least[i])-1) + 1 - b.CDF(float64(most[i])); out > alpha/20 || 1-b.CDF(float64(most[i])-1) < alpha/40 {
			t.Errorf("bin %d: %d to %d are left with probability %g", i, least[i], most[i], out)
		}
	}
}
