package eval

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/rng"
)

// RandomizedRank returns how many of the samples lie below the truth, plus a uniform number of those that equal it: with
// values that may coincide, this rank is uniform on 0..n where that of Ranks is too small.
func RandomizedRank(samples []float64, truth float64, st *rng.Stream) int {
	below, equal := 0, 0
	for _, x := range samples {
		if x < truth {
			below++
		} else if x == truth {
			equal++
		}
	}
	return below + st.Intn(equal+1)
}

// ECDFBand holds simultaneous bounds of how many of n ranks, uniform on 0..L, are below each k = 1..L (Saeilynoja et al.
// 2103.10522). Each bound is a binomial quantile of order Gamma/2 or 1 - Gamma/2, and Gamma is such that uniform
// independent ranks leave the band with probability Alarm, the largest possible up to the alpha asked for.
type ECDFBand struct {
	N     int     `json:"ranks"`
	Lower []int   `json:"lower"` // of k = 1..L, at k-1
	Upper []int   `json:"upper"`
	Gamma float64 `json:"gamma"`
	Alarm float64 `json:"alarm"`
}

// NewECDFBand returns the band for n ranks of 0..l. The probability is exact, by recursion over k: given the count at
// k-1, the increment is binomial. It takes about n l operations times sixty. For q statistics of the same problems give
// alpha/q.
func NewECDFBand(n, l int, alpha float64) ECDFBand {
	mustHave("NewECDFBand", "ranks", n, 1)
	mustHave("NewECDFBand", "samples", l, 1)
	mustBeProbability("NewECDFBand", "alpha", alpha)
	w := newBinomials(n)
	lo, hi := 0., 1.
	for range 60 {
		mid := (lo + hi) / 2
		if band := w.band(l, mid); band.Alarm <= alpha {
			lo = mid
		} else {
			hi = mid
		}
		if hi-lo < 1e-9*hi {
			break
		}
	}
	return w.band(l, lo)
}

// Outside returns the k in 1..L at which the ranks lie outside the band, none where they look uniform. It panics with a
// *autodiff.ValueError for a rank that is not in 0..L, and with a *autodiff.ShapeError for another number of ranks.
func (b ECDFBand) Outside(ranks []int) []int {
	mustMatch("ECDFBand.Outside", "ranks", len(ranks), b.N)
	counts := make([]int, len(b.Lower)+1)
	for _, k := range ranks {
		if k < 0 || k >= len(counts) {
			panic(&autodiff.ValueError{Op: "eval.ECDFBand.Outside", Msg: fmt.Sprintf("rank %d is not in 0..%d", k, len(b.Lower))})
		}
		counts[k]++
	}
	var out []int
	below := 0
	for i := range b.Lower {
		if below += counts[i]; below < b.Lower[i] || below > b.Upper[i] {
			out = append(out, i+1)
		}
	}
	return out
}

// binomials holds the logarithms of 0! to n!.
type binomials []float64

func newBinomials(n int) binomials {
	logs := make(binomials, n+1)
	for i := 1; i <= n; i++ {
		logs[i] = logs[i-1] + math.Log(float64(i))
	}
	return logs
}

// prob returns the probability of k of n, each with probability p in (0, 1).
func (w binomials) prob(n, k int, p float64) float64 {
	return math.Exp(w[n] - w[k] - w[n-k] + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

// bounds returns the quantiles of order gamma/2 and 1-gamma/2 of the number below p of n.
func (w binomials) bounds(p, gamma float64) (lo, hi int) {
	n := len(w) - 1
	sum := 0.0
	for lo = 0; lo < n; lo++ {
		if sum += w.prob(n, lo, p); sum >= gamma/2 {
			break
		}
	}
	sum = 0
	for hi = n; hi > 0; hi-- { // the smallest hi with P(more than hi) <= gamma/2
		if sum += w.prob(n, hi, p); sum > gamma/2 {
			break
		}
	}
	return lo, hi
}

// band returns the bounds for gamma, and the probability of leaving them.
func (w binomials) band(l int, gamma float64) ECDFBand {
	n := len(w) - 1
	b := ECDFBand{N: n, Gamma: gamma, Lower: make([]int, l), Upper: make([]int, l)}
	before, first := []float64{1}, 0 // probabilities of the counts first, first+1, ...
	for i := range l {
		lo, hi := w.bounds(float64(i+1)/float64(l+1), gamma)
		b.Lower[i], b.Upper[i] = lo, hi
		p := 1 / float64(l+1-i) // of a rank that is not below i+1-1 to be below i+1
		now := make([]float64, max(0, hi-lo+1))
		for j, q := range before {
			from := first + j
			for to := max(lo, from); to <= hi; to++ {
				now[to-lo] += q * w.prob(n-from, to-from, p)
			}
		}
		before, first = now, lo
	}
	inside := 0.0
	for _, q := range before {
		inside += q
	}
	b.Alarm = max(0, 1-inside)
	return b
}
