package eval

import (
	"math"
	"slices"
)

// SpreadOverError compares the error that the samples announce with the error that they have, over independent cases,
// where the n samples in samples[k] belong to truths[k]:
//
//	sqrt( (1 + 1/n) mean of variances / mean of (mean sample - truth)^2 )
//
// It is 1 for a right posterior and below 1 for one that is too sure (Fortin et al. 2014). SE is by the delta method
// over cases, NaN for a single one.
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
	return RootRatio(v, e)
}

// RootRatio returns sqrt(mean v / mean e) for the positive numbers v_k and e_k of independent cases, with the standard
// error of the delta method, NaN for a single case.
func RootRatio(v, e []float64) Estimate {
	mustMatch("RootRatio", "v", len(v), len(e))
	mv, me := MeanOf(v).Value, MeanOf(e).Value
	ratio := mv / me
	// The relative error of the ratio is that of the mean of v_k/mv - e_k/me.
	d := make([]float64, len(v))
	for k := range v {
		d[k] = v[k]/mv - e[k]/me
	}
	return Estimate{math.Sqrt(ratio), MeanOf(d).SE * math.Sqrt(ratio) / 2}
}

// CRPS returns the continuous ranked probability score of at least two samples against a truth t, in the units of t,
//
//	E|X - t| - E|X - X'|/2
//
// by averages over samples and over pairs of different samples. In this "fair" form the expected score does not depend
// on the number of samples (Ferro 2014). Lower is better.
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
