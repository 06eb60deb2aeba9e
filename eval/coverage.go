package eval

import (
	"fmt"
	"slices"

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
