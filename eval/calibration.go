package eval

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/autodiff"
)

// CentralInterval is the interval of every entry that leaves (1-level)/2 of the law on either side, by the quantiles
// of order p at the place p (n+1) among the n sorted samples, interpolated linearly. A new draw of the samples' law then
// lies inside with probability level, provided that n+1 >= 2/(1-level); fewer samples cannot reach that far and give
// the range of the samples, which holds (n-1)/(n+1).
func CentralInterval(samples [][]float64, level float64) (lo, hi []float64) {
	mustHave("CentralInterval", "samples", len(samples), 2)
	d := len(samples[0])
	mustBeSamples("CentralInterval", samples, 2, d)
	if !(level > 0 && level < 1) {
		panic(&autodiff.ValueError{Op: "eval.CentralInterval", Msg: fmt.Sprintf("the level is %v, not in (0,1)", level)})
	}
	lo, hi = make([]float64, d), make([]float64, d)
	column := make([]float64, len(samples))
	for j := range d {
		for i, s := range samples {
			column[i] = s[j]
		}
		slices.Sort(column)
		lo[j], hi[j] = quantile(column, (1-level)/2), quantile(column, (1+level)/2)
	}
	return lo, hi
}

// quantile of order p of sorted numbers.
func quantile(sorted []float64, p float64) float64 {
	n := len(sorted)
	at := min(max(p*float64(n+1)-1, 0), float64(n-1))
	i := min(int(at), n-2)
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Coverage is the share of the entries of one truth that lie inside CentralInterval. Entries of one image are not
// independent: take MeanOf the coverages of independent cases for a standard error.
func Coverage(samples [][]float64, truth []float64, level float64) float64 {
	lo, hi := CentralInterval(samples, level)
	mustMatch("Coverage", "truth", len(truth), len(lo))
	inside := 0
	for i, t := range truth {
		if lo[i] <= t && t <= hi[i] {
			inside++
		}
	}
	return float64(inside) / float64(len(truth))
}

// Ranks counts, for every entry, the samples below the truth: 0 to n. Over independent cases the rank of one entry, or
// of any function of the image, is uniform when the samples are of the posterior, and independent of each other
// (simulation-based calibration, Talts et al. 1804.06788).
func Ranks(samples [][]float64, truth []float64) []int {
	mustBeSamples("Ranks", samples, 1, len(truth))
	ranks := make([]int, len(truth))
	for _, s := range samples {
		for i, t := range truth {
			if s[i] < t {
				ranks[i]++
			}
		}
	}
	return ranks
}

// RankHistogram counts ranks in bins and says how far from uniform they are.
type RankHistogram struct {
	Counts   []int
	Expected []float64 // unequal where the bins do not divide n+1
	// Chi2 is sum (count - expected)^2/expected, and P the probability of as much under uniform independent ranks.
	// P below .001 says that the samples are not of the posterior; ranks of many entries of one case make it meaningless.
	Chi2, P float64
}

// SBC sorts ranks, each among n samples and so in 0..n, into bins: rank k into bin floor(k bins/(n+1)). It panics with a
// *autodiff.ValueError unless 2 <= bins <= n+1 and every rank is in its range.
func SBC(ranks []int, n, bins int) RankHistogram {
	if bins < 2 || bins > n+1 {
		panic(&autodiff.ValueError{Op: "eval.SBC", Msg: fmt.Sprintf("%d bins for the %d ranks possible", bins, n+1)})
	}
	h := RankHistogram{Counts: make([]int, bins), Expected: make([]float64, bins)}
	for k := range n + 1 {
		h.Expected[k*bins/(n+1)] += float64(len(ranks)) / float64(n+1)
	}
	for _, k := range ranks {
		if k < 0 || k > n {
			panic(&autodiff.ValueError{Op: "eval.SBC", Msg: fmt.Sprintf("rank %d is not in 0..%d", k, n)})
		}
		h.Counts[k*bins/(n+1)]++
	}
	for i, e := range h.Expected {
		d := float64(h.Counts[i]) - e
		h.Chi2 += d * d / e
	}
	h.P = distuv.ChiSquared{K: float64(bins - 1)}.Survival(h.Chi2)
	return h
}

// SpreadOverError compares what the samples say of their error with the error, over independent cases (samples[k] belong
// to truths[k], n each):
//
//	sqrt( (1 + 1/n) mean of variances / mean of (mean sample - truth)^2 )
//
// 1 for a right posterior, below it for one that is too sure (Fortin et al. 2014). SE is by the delta method over
// cases, NaN for a single one.
func SpreadOverError(samples [][][]float64, truths [][]float64) Estimate {
	mustMatch("SpreadOverError", "truths", len(truths), len(samples))
	mustHave("SpreadOverError", "cases", len(samples), 1)
	var v, e []float64
	for k, s := range samples {
		variance := 0.0
		for _, x := range Variance(s) {
			variance += x / float64(len(truths[k]))
		}
		v = append(v, variance*(1+1/float64(len(s))))
		e = append(e, MSE(Mean(s), truths[k]))
	}
	mv, me := MeanOf(v).Value, MeanOf(e).Value
	ratio := mv / me
	// The relative error of the ratio is that of the mean of v_k/mv - e_k/me.
	for k := range v {
		v[k] = v[k]/mv - e[k]/me
	}
	return Estimate{math.Sqrt(ratio), MeanOf(v).SE * math.Sqrt(ratio) / 2}
}

// CRPS is the continuous ranked probability score of at least two samples against a truth,
//
//	E|X - t| - E|X - X'|/2
//
// by averages over samples and over pairs of different samples, the "fair" form, whose expectation is the score of the
// samples' law whatever their number (Ferro 2014). In the units of t.
func CRPS(samples []float64, t float64) float64 {
	mustHave("CRPS", "samples", len(samples), 2)
	sorted := slices.Clone(samples)
	slices.Sort(sorted)
	n := float64(len(sorted))
	score := 0.0
	for i, x := range sorted {
		score += math.Abs(x-t)/n - (2*float64(i)-n+1)*x/(n*(n-1))
	}
	return score
}
