package infer_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"tweedie/eval"
	"tweedie/infer"
	"tweedie/rng"
)

// The variance of chi^2 between exact draws of Gaussian posteriors exceeds its limit in at most 1 of 1,000 problems, N = 4,000 each.
func TestSpreadLimit(t *testing.T) {
	st := rng.New(1).Stream()
	for _, c := range []struct {
		m, draws int
		v        float64
	}{{1, 64, .65}, {4, 4, 1}, {4, 256, .65}, {16, 2, 1}, {16, 16, .8}, {16, 256, .65}, {64, 8, .8}} {
		const n = 4000
		over := 0
		mean, chi := make([]float64, c.m), make([]float64, c.draws)
		for range n {
			for j := range mean {
				mean[j] = math.Sqrt(1-c.v) * st.Norm()
			}
			for s := range chi {
				chi[s] = 0
				for _, r := range mean {
					r += math.Sqrt(c.v) * st.Norm()
					chi[s] += r * r
				}
			}
			v := stat.Variance(chi, nil)
			if v/float64(2*c.m) > infer.SpreadLimit(c.m, float64(c.draws)) {
				over++
			}
		}
		t.Logf("m %d, %d draws, v %g: %d of %d exceed the limit", c.m, c.draws, c.v, over, n)
		if float64(over) > .001*n+4*math.Sqrt(.001*n) {
			t.Errorf("m %d, %d draws, v %g: %d of %d exceed the limit", c.m, c.draws, c.v, over, n)
		}
	}
}

// R-hat of chains that have mixed exceeds the limit for few rounds in at most 5 of 1,000 cases, N = 1,000 each, where 1.01
// would refuse nearly all; the limit tends to 1.01 and below for long chains.
func TestShortLimit(t *testing.T) {
	st := rng.New(2).Stream()
	for _, c := range []struct {
		chains, rounds int
		memory         float64
	}{{2, 20, 0}, {4, 20, .6}, {16, 10, 0}, {16, 40, .8}, {32, 20, .3}} {
		const n = 1000
		over, plain := 0, 0
		for range n {
			x := make([][]float64, c.chains)
			for i := range x {
				s := st.Norm()
				for range c.rounds {
					x[i] = append(x[i], s)
					s = c.memory*s + math.Sqrt(1-c.memory*c.memory)*st.Norm()
				}
			}
			r := eval.RankRhat(x)
			if r > max(1.01, infer.ShortLimit(x, .001)) {
				over++
			}
			if r > 1.01 {
				plain++
			}
		}
		t.Logf("%d chains of %d rounds, memory %g: %d of %d exceed the limit, %d exceed 1.01", c.chains, c.rounds, c.memory, over, n, plain)
		if over > 5 {
			t.Errorf("%d chains of %d rounds, memory %g: %d of %d exceed the limit", c.chains, c.rounds, c.memory, over, n)
		}
	}
	long := make([][]float64, 4)
	for i := range long {
		long[i] = make([]float64, 4000)
		st.FillNorm(long[i])
	}
	if l := infer.ShortLimit(long, .001); l > 1.01 {
		t.Errorf("the limit of 4 chains of 4,000 independent draws is %g", l)
	}
}

// Limits of a sum of w z^2 are those of chi^2 for equal weights, and for others hold by simulation, N = 100,000, safely below.
func TestWeightedLimits(t *testing.T) {
	lo, hi := eval.ChiSquaredLimits(16, .001)
	if l := infer.WeightedLimits([3]float64{16, 16, 16}); math.Abs(*l.Low-lo) > 1e-9 || math.Abs(*l.High-hi) > 1e-9 {
		t.Errorf("16 equal weights have the limits %s, and chi^2 has %g, %g", l.Text(), lo, hi)
	}
	w := []float64{1, 1, .8, .5, .5, .3, .1, .1, .05, .02}
	var sums [3]float64
	for _, v := range w {
		sums[0], sums[1], sums[2] = sums[0]+v, sums[1]+v*v, sums[2]+v*v*v
	}
	l, st := infer.WeightedLimits(sums), rng.New(3).Stream()
	below, above := 0., 0.
	const n = 100000
	for range n {
		x := 0.
		for _, v := range w {
			z := st.Norm()
			x += v * z * z / sums[0]
		}
		if x < *l.Low {
			below++
		}
		if x > *l.High {
			above++
		}
	}
	t.Logf("%g of %d lie below and %g above %s", below, n, above, l.Text())
	if most := .0005*n + 4*math.Sqrt(.0005*n); below > most || above > most || above < .0005*n-4*math.Sqrt(.0005*n) {
		t.Errorf("%g of %d lie below and %g above %s, and %g above were expected", below, n, above, l.Text(), .0005*n)
	}
}

// A chi^2 with so many degrees of freedom leaves the limits that k others set in at most 3 of 1,000 cases, N = 20,000 each, also
// for few of them; one 4 times as large or small leaves those of 16 with 64 degrees of freedom in 95 of 100.
func TestLimitsOfDraws(t *testing.T) {
	st := rng.New(5).Stream()
	chi2 := func(m int) (x float64) {
		for range m {
			z := st.Norm()
			x += z * z
		}
		return x
	}
	for _, c := range []struct{ k, m int }{{16, 1}, {16, 4}, {16, 64}, {32, 16}, {128, 4}} {
		const n = 20000
		out, small, large := 0, 0, 0
		for range n {
			ref := make([]float64, c.k)
			for i := range ref {
				ref[i] = chi2(c.m)
			}
			l, x := infer.LimitsOf(ref), chi2(c.m)
			if x < *l.Low || x > *l.High {
				out++
			}
			if x/4 < *l.Low {
				small++
			}
			if 4*x > *l.High {
				large++
			}
		}
		t.Logf("%d with %d degrees of freedom: %d of %d outside; %d of a quarter below, %d of four times above", c.k, c.m, out, n, small, large)
		if out > 3*n/1000 || c.m == 64 && (small < n*95/100 || large < n*95/100) {
			t.Errorf("%d with %d degrees of freedom: %d of %d outside; %d of a quarter below, %d of four times above", c.k, c.m, out, n, small, large)
		}
	}
}

// The Pareto k of n weights of a law with k = 1/2 exceeds its limit in at most 5 of 1,000 cases, N = 4,000 each, where .7 would
// refuse 70 and more; of 100,000 weights .7 is the limit.
func TestTailLimit(t *testing.T) {
	st := rng.New(6).Stream()
	for _, n := range []int{32, 64, 256, 1000} {
		const cases = 4000
		over, plain := 0, 0
		w := make([]float64, n)
		for range cases {
			for i := range w {
				w[i] = -math.Log(1-st.Float64()) / 2
			}
			_, k := eval.PSIS(w)
			if k > infer.TailLimit(n) && !math.IsInf(k, 1) {
				over++
			}
			if k > eval.KHatLimit {
				plain++
			}
		}
		t.Logf("%d weights: %d of %d exceed the limit %.3f, %d exceed %g", n, over, cases, infer.TailLimit(n), plain, eval.KHatLimit)
		if over > 5*cases/1000 {
			t.Errorf("%d weights: %d of %d exceed the limit", n, over, cases)
		}
	}
	if l := infer.TailLimit(100_000); l != eval.KHatLimit {
		t.Errorf("the limit of 100,000 weights is %g", l)
	}
}
