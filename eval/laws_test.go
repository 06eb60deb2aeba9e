package eval_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/eval"
	"tweedie/rng"
)

// TestChiSquaredLimits compares with tables of the law.
func TestChiSquaredLimits(t *testing.T) {
	for m, want := range map[int][2]float64{16: {.220988, 2.581755}, 64: {.518201, 1.685542}, 784: {.842112, 1.174595}} {
		lo, hi := eval.ChiSquaredLimits(m, .001)
		near(t, "lower limit", lo, want[0], 6e-7)
		near(t, "upper limit", hi, want[1], 6e-7)
		near(t, "p at the lower limit", eval.ChiSquaredP(lo*float64(m), m), .001, 1e-9)
		near(t, "p at the upper limit", eval.ChiSquaredP(hi*float64(m), m), .001, 1e-9)
	}
	near(t, "p with two degrees of freedom", eval.ChiSquaredP(10, 2), 2*math.Exp(-5), 1e-12)
	near(t, "limit of one of 16 data", eval.UnexplainedLimit(16), 3.4205, 6e-5)
	near(t, "limit of one of 784 data", eval.UnexplainedLimit(784), 4.3643, 6e-5)
}

// TestPredictive compares the mean of the prior-predictive chi^2 per datum with its closed form, where sigma is claimed k
// times too small and t = (prior deviation / sigma)^2; and the covariance of draws with the truth.
func TestPredictive(t *testing.T) {
	for k, want := range map[float64][]float64{3: {5.2105, 1.8, 1.0879, 1.0089}, 1. / 3: {.1209, .2, .5789, .9266}} {
		for i, s := range []float64{.1, 1, 10, 100} {
			cov := mat.NewSymDense(2, []float64{s + 1/(k*k), 0, 0, s + 1/(k*k)})
			r := math.Sqrt(s + 1) // the deviation of a datum
			chi, err := eval.PredictiveChiSquared([]float64{r, -r}, cov)
			if err != nil {
				t.Fatal(err)
			}
			near(t, fmt.Sprintf("ratio at k = %.3g, t = %v", k, s), chi/2, want[i], 6e-5)
		}
	}
	// r = (1, 2), S = (2 1; 1 3): S^-1 = (3 -1; -1 2)/5.
	chi, err := eval.PredictiveChiSquared([]float64{1, 2}, mat.NewSymDense(2, []float64{2, 1, 1, 3}))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "chi^2 with correlation", chi, 7./5, 1e-14)
	if _, err := eval.PredictiveChiSquared([]float64{1, 2}, mat.NewSymDense(2, []float64{1, 2, 2, 1})); err == nil {
		t.Error("an indefinite covariance is no error")
	}
	cov := eval.PredictiveCovariance([][]float64{{1, 0}, {3, 4}}, []float64{.5, .25})
	near(t, "variance of 1 and 3, and noise", cov.At(0, 0), 2.5, 1e-14)
	near(t, "covariance", cov.At(0, 1), 4, 1e-14)
	near(t, "variance of 0 and 4, and noise", cov.At(1, 1), 8.25, 1e-14)
}

// TestRankTest checks chi^2 of ranks by hand.
func TestRankTest(t *testing.T) {
	var ranks []int
	for i := range 40 {
		ranks = append(ranks, (7*i*i+3*i)%20)
	}
	near(t, "chi^2 in 20 bins", eval.SBC(ranks, 19, 20).Chi2, 104, 1e-10)
	h := eval.SBC(ranks, 19, 5)
	near(t, "chi^2 in 5 bins", h.Chi2, 12, 1e-12)
	near(t, "its P", h.P, .017351, 6e-7)
	counts := make([]float64, 4)
	st := rng.New(14).Stream()
	for range 3000 {
		counts[eval.RandomizedRank([]float64{1, 1, 0, 2}, 1, st)]++
	}
	for k, want := range []float64{0, 1000, 1000, 1000} {
		near(t, fmt.Sprintf("rank %d with two ties", k), counts[k], want, 4*math.Sqrt(3000*2./9))
	}
	if counts[0] != 0 {
		t.Error("a rank is below the number of smaller samples")
	}
}

// TestECDFBand compares bounds and false alarms with those of a simulation.
func TestECDFBand(t *testing.T) {
	for _, row := range []struct {
		alpha, alarm, tol float64
		bounds            map[int][2]int
	}{
		{.05, .04764, 6e-6, map[int][2]int{1: {0, 12}, 5: {14, 37}, 10: {37, 63}, 15: {63, 86}, 19: {88, 100}}},
		{.01, .00981, 6e-6, map[int][2]int{1: {0, 13}, 5: {12, 39}, 10: {34, 66}, 15: {61, 88}, 19: {87, 100}}},
	} {
		b := eval.NewECDFBand(100, 19, row.alpha)
		near(t, "false alarm", b.Alarm, row.alarm, row.tol)
		for k, want := range row.bounds {
			if b.Lower[k-1] != want[0] || b.Upper[k-1] != want[1] {
				t.Errorf("alpha %v, k = %d: [%d,%d], not %v", row.alpha, k, b.Lower[k-1], b.Upper[k-1], want)
			}
		}
	}
	// 40 uniform ranks lie inside; all in the lower half do not. False alarms of alpha .2 over 2000 sets of 30 ranks of 0..7.
	b := eval.NewECDFBand(40, 19, .05)
	ranks := make([]int, 40)
	for i := range ranks {
		ranks[i] = i % 20
	}
	if out := b.Outside(ranks); len(out) > 0 {
		t.Errorf("even ranks lie outside at %v", out)
	}
	for i := range ranks {
		ranks[i] = i % 10
	}
	if out := b.Outside(ranks); len(out) == 0 {
		t.Error("ranks of the lower half lie inside")
	}
	b = eval.NewECDFBand(30, 7, .2)
	st := rng.New(15).Stream()
	alarms := 0.
	for range 2000 {
		r := make([]int, 30)
		for i := range r {
			r[i] = st.Intn(8)
		}
		if len(b.Outside(r)) > 0 {
			alarms++
		}
	}
	near(t, "share of alarms", alarms/2000, b.Alarm, 4*math.Sqrt(b.Alarm*(1-b.Alarm)/2000))
}
