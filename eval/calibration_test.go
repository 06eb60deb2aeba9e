package eval_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/eval"
	"tweedie/rng"
)

func TestCentralInterval(t *testing.T) {
	var s [][]float64
	for i := range 19 {
		s = append(s, []float64{float64((i*7)%19 + 1), 3}) // 1..19 in some order
	}
	for _, c := range []struct{ level, lo, hi float64 }{{.9, 1, 19}, {.8, 2, 18}, {.85, 1.5, 18.5}, {.999, 1, 19}} {
		lo, hi := eval.CentralInterval(s, c.level)
		near(t, "lower end", lo[0], c.lo, 1e-12)
		near(t, "upper end", hi[0], c.hi, 1e-12)
		near(t, "end for a constant", hi[1], 3, 0)
	}
	near(t, "coverage of (1, 3)", eval.Coverage(s, []float64{1, 3}, .8), .5, 0)
	near(t, "coverage of (2, 3)", eval.Coverage(s, []float64{2, 3}, .8), 1, 0)
}

// TestCalibration checks, over 2000 cases of 19 samples and a truth of the same law, that coverage, spread over error
// and ranks are right, and that with a truth half as wide again they are seen to be wrong.
func TestCalibration(t *testing.T) {
	const cases, n, d = 2000, 19, 3
	for _, width := range []float64{1, 1.5} {
		st := rng.New(5).Stream()
		var coverage []float64
		var samples [][][]float64
		var truths [][]float64
		var ranks []int
		for range cases {
			s, truth := draws(st, n, d, 0, 1), draws(st, 1, d, 0, width)[0]
			coverage = append(coverage, eval.Coverage(s, truth, .9))
			ranks = append(ranks, eval.Ranks(s, truth)[0])
			samples, truths = append(samples, s), append(truths, truth)
		}
		c, spread, sbc := eval.MeanOf(coverage), eval.SpreadOverError(samples, truths), eval.SBC(ranks, n, 10)
		if width == 1 {
			within(t, "coverage", c, .9)
			within(t, "spread over error", spread, 1)
			if sbc.P < .001 {
				t.Errorf("ranks of the right law have P = %v: %v", sbc.P, sbc.Counts)
			}
			continue
		}
		// E var (1+1/n) / E (mean-truth)^2 = (1+1/n)/(1.5^2+1/n).
		within(t, "spread over error", spread, math.Sqrt((1+1./n)/(2.25+1./n)))
		if c.Value > .9-8*c.SE || sbc.P > 1e-6 {
			t.Errorf("a truth half as wide again has coverage %v and P = %v", c, sbc.P)
		}
	}
}

// TestSpreadOverErrorValue compares one case with its value by hand.
func TestSpreadOverErrorValue(t *testing.T) {
	// Variance 2, error 1: sqrt(1.5*2/1).
	e := eval.SpreadOverError([][][]float64{{{-1}, {1}}}, [][]float64{{1}})
	near(t, "spread over error", e.Value, math.Sqrt(3), 1e-14)
	if !math.IsNaN(e.SE) {
		t.Errorf("one case has standard error %v", e.SE)
	}
}

func TestSBCValues(t *testing.T) {
	var ranks []int
	for k, count := range []int{10, 20, 30} {
		for range count {
			ranks = append(ranks, k)
		}
	}
	h := eval.SBC(ranks, 2, 3)
	near(t, "chi^2 of 10, 20, 30", h.Chi2, 10, 1e-12)
	near(t, "P with two degrees of freedom", h.P, math.Exp(-5), 1e-12)
	h = eval.SBC([]int{0, 1, 2, 3, 4}, 4, 2)
	near(t, "expected of three ranks in five", h.Expected[0], 3, 1e-12)
	near(t, "chi^2 of counts as expected", h.Chi2, 0, 1e-12)
	if r := eval.Ranks([][]float64{{1, 1}, {2, 2}, {3, 3}}, []float64{2.5, 0}); r[0] != 2 || r[1] != 0 {
		t.Errorf("ranks %v, not 2 and 0", r)
	}
}

func TestCRPS(t *testing.T) {
	near(t, "CRPS of {0,1} at 1/4", eval.CRPS([]float64{1, 0}, .25), 0, 1e-15)
	near(t, "CRPS of {0,1,5} at 2", eval.CRPS([]float64{5, 0, 1}, 2), 2-10./6, 1e-14)
	// N(0,1) at z: z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi); 3000 sets of 8, whose number must not matter.
	st := rng.New(6).Stream()
	const z = .5
	var scores []float64
	s := make([]float64, 8)
	for range 3000 {
		st.FillNorm(s)
		scores = append(scores, eval.CRPS(s, z))
	}
	n := distuv.UnitNormal
	within(t, "CRPS of a normal", eval.MeanOf(scores), z*(2*n.CDF(z)-1)+2*n.Prob(z)-1/math.Sqrt(math.Pi))
}

// ar1 returns chains of a stationary autoregression with coefficient phi and unit variance.
func ar1(chains, n int, phi float64) [][]float64 {
	st := rng.New(7).Stream()
	c := make([][]float64, chains)
	for i := range c {
		x := st.Norm()
		for range n {
			c[i] = append(c[i], x)
			x = phi*x + math.Sqrt(1-phi*phi)*st.Norm()
		}
	}
	return c
}

func TestChains(t *testing.T) {
	// Halves 1 2 and 3 4: W = 1/2, var+ = W/2 + 2.
	near(t, "split R-hat of 1 2 3 4", eval.SplitRhat([][]float64{{1, 2, 3, 4}}), math.Sqrt(4.5), 1e-14)
	near(t, "split R-hat of 1 2 9 3 4", eval.SplitRhat([][]float64{{1, 2, 9, 3, 4}}), math.Sqrt(4.5), 1e-14)
	// An autoregression has ESS N (1-phi)/(1+phi); N = 4 x 5000, to 10%.
	const N = 20000
	for _, phi := range []float64{0, .6, .9, -.5} {
		c := ar1(4, N/4, phi)
		want := N * (1 - phi) / (1 + phi)
		near(t, "ESS of an autoregression", eval.ESS(c), want, .1*want)
		near(t, "its split R-hat", eval.SplitRhat(c), 1, .01)
	}
	c := ar1(4, N/4, 0)
	for i := range c[0] {
		c[0][i] += 3
	}
	if r, e := eval.SplitRhat(c), eval.ESS(c); r < 1.2 || e > 100 {
		t.Errorf("a chain elsewhere has split R-hat %v and ESS %v", r, e)
	}
	for i := range c[0] {
		c[0][i] = float64(i)
	}
	if r := eval.SplitRhat(c[:1]); r < 1.5 {
		t.Errorf("a drifting chain has split R-hat %v", r)
	}
	if e := eval.ESS([][]float64{{1, 1, 1, 1}}); !math.IsNaN(e) {
		t.Errorf("a constant chain has ESS %v", e)
	}
}
