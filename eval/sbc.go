package eval

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/autodiff"
)

// Ranks returns, for every entry, how many of the n samples lie below the truth, 0 to n. Over independent cases the
// rank of one entry, or of any function of the image, is uniform when the samples are independent draws from the
// posterior (simulation-based calibration, Talts et al. 1804.06788).
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

// RankHistogram holds ranks counted in bins, and says how far they are from uniform.
type RankHistogram struct {
	Counts   []int
	Expected []float64 // unequal where the bins do not divide n+1
	// Chi2 is sum (count - expected)^2/expected, and P the probability of as much under uniform independent ranks. P
	// below .001 says that the samples are not of the posterior; ranks of many entries of one case make it meaningless.
	Chi2, P float64
}

// SBC counts ranks, each of 0 to n, in bins: rank k falls into bin floor(k bins/(n+1)). It panics with a
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

// Limits returns how few and how many ranks a bin may hold: uniform independent ranks leave the limits of any bin with a probability
// of at most alpha.
func (h RankHistogram) Limits(alpha float64) (least, most []int) {
	mustBeProbability("RankHistogram.Limits", "alpha", alpha)
	n := 0
	for _, c := range h.Counts {
		n += c
	}
	w := newBinomials(n)
	for _, e := range h.Expected {
		lo, hi := w.bounds(e/max(1, float64(n)), alpha/float64(len(h.Counts)))
		least, most = append(least, lo), append(most, hi)
	}
	return least, most
}
