package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// RankRhat returns the larger of two split R-hats over chains [chain][draw] of one number: of the normal scores of the
// draws, z = Phi^-1((rank - 3/8)/(M + 1/4)) among all M, and of the normal scores of |x - median|. The first sees
// chains that lie apart, the second chains of different spread, and both exist for laws without a variance (Vehtari et
// al. 1903.08008). Chains that agree lie below 1.01. Constant chains give NaN.
func RankRhat(chains [][]float64) float64 {
	split := halves("RankRhat", chains)
	median := linearQuantile(slices.Sorted(slices.Values(slices.Concat(split...))), .5)
	folded := make([][]float64, len(split))
	for i, c := range split {
		for _, x := range c {
			folded[i] = append(folded[i], math.Abs(x-median))
		}
	}
	bulk, tails := rhatOf(normalScores(split)), rhatOf(normalScores(folded))
	if math.IsNaN(tails) { // two values at equal distances from the median have one folded value
		return bulk
	}
	return max(bulk, tails)
}

// BulkESS returns the ESS of the normal scores of RankRhat: how well the middle of the law is known. At least 100 a
// chain are wanted. Constant chains give NaN.
func BulkESS(chains [][]float64) float64 { return essOf(normalScores(halves("BulkESS", chains))) }

// TailESS returns the smaller ESS of the indicators x <= q05 and x <= q95, quantiles of all draws: how well the ends of
// a 90% interval are known. An indicator that is the same for all draws counts as one of independent draws.
func TailESS(chains [][]float64) float64 {
	halves("TailESS", chains) // refuses what is no set of chains
	all := slices.Sorted(slices.Values(slices.Concat(chains...)))
	least := math.Inf(1)
	for _, p := range []float64{.05, .95} {
		q := linearQuantile(all, p)
		below := make([][]float64, len(chains))
		for i, c := range chains {
			below[i] = make([]float64, len(c))
			for k, x := range c {
				if x <= q {
					below[i][k] = 1
				}
			}
		}
		split := halves("TailESS", below)
		e := essOf(split)
		if math.IsNaN(e) {
			e = float64(len(split) * len(split[0]))
		}
		least = min(least, e)
	}
	return least
}

// normalScores replaces every number of split chains by Phi^-1((rank - 3/8)/(M + 1/4)) of its rank, 1 to M, among all
// of them; equal numbers share the mean of their ranks.
func normalScores(split [][]float64) [][]float64 {
	sorted := slices.Sorted(slices.Values(slices.Concat(split...)))
	m := float64(len(sorted))
	scores := make([][]float64, len(split))
	for i, c := range split {
		scores[i] = make([]float64, len(c))
		for k, x := range c {
			first, _ := slices.BinarySearch(sorted, x)
			after, _ := slices.BinarySearch(sorted, math.Nextafter(x, math.Inf(1)))
			rank := float64(first+after+1) / 2
			scores[i][k] = distuv.UnitNormal.Quantile((rank - 3./8) / (m + 1./4))
		}
	}
	return scores
}

// linearQuantile returns the quantile of order p of sorted numbers, at the place p (n-1) and interpolated linearly.
func linearQuantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-1)
	next := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[next]-sorted[i])
}
