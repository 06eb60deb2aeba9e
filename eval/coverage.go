package eval

import (
	"fmt"
	"slices"

	"tweedie/autodiff"
)

// CentralInterval returns, for every entry, the interval that leaves (1-level)/2 of the samples' law on either side.
// Its ends are the quantiles of order p at the place p (n+1) among the n sorted samples, interpolated linearly. A new
// draw of the same law lies inside with probability level, provided that n+1 >= 2/(1-level). Fewer samples cannot reach
// that far, and give their own range, which holds a new draw with probability (n-1)/(n+1).
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

// quantile returns the quantile of order p of sorted numbers, at the place p (n+1) and interpolated linearly.
func quantile(sorted []float64, p float64) float64 {
	n := len(sorted)
	at := min(max(p*float64(n+1)-1, 0), float64(n-1))
	i := min(int(at), n-2)
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Coverage returns the share of the entries of one truth that lie inside CentralInterval. The entries of one image are
// not independent: for a standard error take MeanOf the coverages of independent cases.
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
