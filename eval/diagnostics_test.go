package eval_test

import (
	"math"
	"testing"

	"tweedie/eval"
)

// chainsOf returns 4 chains of n draws f(c, t).
func chainsOf(n int, f func(c, t int) float64) [][]float64 {
	chains := make([][]float64, 4)
	for c := range chains {
		for t := range n {
			chains[c] = append(chains[c], f(c, t))
		}
	}
	return chains
}

// TestChainsOfPeer compares with the digits that ArviZ 0.23.4 prints.
func TestChainsOfPeer(t *testing.T) {
	sin := func(c, t int) float64 { return math.Sin(float64(c + t*t)) }
	for _, row := range []struct {
		name                          string
		chains                        [][]float64
		rhat, split, bulk, tail, mean float64
	}{
		{"sin(c + t^2)", chainsOf(20, sin), .973919, .977467, 103.16972, 73.23689, 129.195228},
		{"sin(c + t^2) + c/2", chainsOf(20, func(c, t int) float64 { return sin(c, t) + .5*float64(c) }), 1.406550, 1.410655, 13.224527, 45.808383, 13.157483},
		{"(c + t^2) mod 7", chainsOf(20, func(c, t int) float64 { return float64((c + t*t) % 7) }), 1.058429, 1.054283, 85.828345, 80, 85.587415},
		{"sin(c + t^2), 21 draws", chainsOf(21, sin), .968658, .976276, 92.234139, 109.164969, 113.582542},
	} {
		near(t, row.name+": R-hat", eval.RankRhat(row.chains), row.rhat, 6e-7)
		near(t, row.name+": split R-hat", eval.SplitRhat(row.chains), row.split, 6e-7)
		near(t, row.name+": bulk ESS", eval.BulkESS(row.chains), row.bulk, 6e-6)
		near(t, row.name+": tail ESS", eval.TailESS(row.chains), row.tail, 6e-6)
		near(t, row.name+": ESS of the mean", eval.ESS(row.chains), row.mean, 6e-7)
	}
}

// TestRankRhat checks what the plain R-hat cannot see: a chain of another spread.
func TestRankRhat(t *testing.T) {
	c := ar1(4, 500, 0)
	for i := range c[0] {
		c[0][i] *= 3
	}
	if plain, rank := eval.SplitRhat(c), eval.RankRhat(c); plain > 1.02 || rank < 1.05 {
		t.Errorf("a chain three times as wide has split R-hat %v and rank R-hat %v", plain, rank)
	}
	if r := eval.RankRhat([][]float64{{1, 1, 1, 1}}); !math.IsNaN(r) {
		t.Errorf("a constant chain has R-hat %v", r)
	}
	near(t, "tail ESS of a constant chain", eval.TailESS([][]float64{{1, 1, 1, 1}}), 4, 0)
}

// TestPareto compares with the digits that ArviZ 0.23.4 prints.
func TestPareto(t *testing.T) {
	k, scale := eval.ParetoFit([]float64{.1, .2, .3, .5, .8, 1.3, 2.1, 3.4, 5.5, 8.9})
	near(t, "k of a growing sequence", k, .572469, 6e-7)
	near(t, "its scale", scale, 1.171728, 6e-7)
	var quantiles []float64
	for i := range 20 {
		quantiles = append(quantiles, (math.Pow(1-(float64(i)+.5)/20, -.5)-1)/.5)
	}
	k, scale = eval.ParetoFit(quantiles)
	near(t, "k of quantiles with k = .5", k, .518380, 6e-7)
	near(t, "their scale", scale, .949102, 6e-7)
}

func TestPSIS(t *testing.T) {
	const s = 1000
	for k, want := range map[float64]float64{.2: .236788, .7: .670658} {
		logw := make([]float64, s)
		for i := range logw {
			logw[i] = -k*math.Log1p(-(float64(i)+.5)/s) + 1e4 // a constant must not matter
		}
		smoothed, got := eval.PSIS(logw)
		near(t, "k-hat", got, want, 6e-7)
		sum := 0.0
		for i, l := range smoothed {
			sum += math.Exp(l)
			if i > 0 && l < smoothed[i-1] {
				t.Errorf("smoothing changes the order at %d", i)
			}
		}
		near(t, "sum of the weights", sum, 1, 1e-12)
		if logw[0] < 9e3 {
			t.Error("the argument has changed")
		}
	}
	equal, k := eval.PSIS([]float64{3, 3, 3, 3, 3, 3})
	near(t, "k of equal weights", k, 0, 0)
	near(t, "equal weights", equal[2], -math.Log(6), 1e-15)
	// Three weights of twenty in the tail, and a single one.
	for _, w := range [][]float64{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, {2}} {
		if _, k := eval.PSIS(w); len(w) > 1 && !math.IsInf(k, 1) || len(w) == 1 && k != 0 {
			t.Errorf("%d weights have k %v", len(w), k)
		}
	}
	// Weights of zero are legal; a NaN is not, nor are no weights but zeros.
	inf := math.Inf(-1)
	if _, k := eval.PSIS([]float64{inf, 0, inf, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}); math.IsNaN(k) {
		t.Error("weights of zero give k NaN")
	}
	for _, w := range [][]float64{{0, math.NaN(), 1}, {inf, inf}, {0, math.Inf(1)}} {
		if _, k := eval.PSIS(w); !math.IsNaN(k) {
			t.Errorf("weights %v have k %v", w, k)
		}
	}
}
