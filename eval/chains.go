package eval

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// halves splits every chain in two of equal length, leaving out the middle of an odd one.
func halves(metric string, chains [][]float64) [][]float64 {
	mustHave(metric, "chains", len(chains), 1)
	mustHave(metric, "draws a chain", len(chains[0]), 4)
	mustBeSamples(metric, chains, 1, len(chains[0]))
	n := len(chains[0])
	var split [][]float64
	for _, c := range chains {
		split = append(split, c[:n/2], c[n-n/2:])
	}
	return split
}

// pooled returns the mean within-chain variance W and the pooled variance var+ = (n-1)/n W + B/n.
func pooled(chains [][]float64) (within, plus float64) {
	n := float64(len(chains[0]))
	means := make([]float64, len(chains))
	for i, c := range chains {
		m, v := stat.MeanVariance(c, nil)
		means[i] = m
		within += v / float64(len(chains))
	}
	return within, (n-1)/n*within + stat.Variance(means, nil)
}

// SplitRhat returns sqrt(var+ / W) over the halves of chains [chain][draw] of one number. It is 1 when the chains agree
// and above 1.01 when they have not mixed (Gelman et al., BDA3 11.4; Vehtari et al. 1903.08008); RankRhat sees more.
// Constant chains give NaN.
func SplitRhat(chains [][]float64) float64 {
	return rhatOf(halves("SplitRhat", chains))
}

// rhatOf is SplitRhat of chains that are split already.
func rhatOf(split [][]float64) float64 {
	within, plus := pooled(split)
	return math.Sqrt(plus / within)
}

// ESS returns the number of independent draws that chains [chain][draw] of one number are worth for its mean, m n / tau
// over the m halves of the chains, each of n draws,
//
//	tau = -1 + 2 sum_k P_k + E,  P_k = rho_2k + rho_(2k+1),  rho_t = 1 - (W - mean autocovariance at t)/var+
//
// The sum is Geyer's initial monotone sequence: it ends before the first pair that is not positive, or before the last
// with 2k < n-2, and no pair counts more than the one before it. E is the even lag of the pair at which it ends, where
// that is positive. tau is at least 1/log10(m n) (Vehtari et al. 1903.08008). The standard error of the mean of the
// draws is sd/sqrt(ESS). Constant chains give NaN.
func ESS(chains [][]float64) float64 { return essOf(halves("ESS", chains)) }

// essOf is ESS of chains that are split already.
func essOf(split [][]float64) float64 {
	n, m := len(split[0]), float64(len(split))
	within, plus := pooled(split)
	if plus == 0 {
		return math.NaN()
	}
	means := make([]float64, len(split))
	for i, c := range split {
		means[i] = stat.Mean(c, nil)
	}
	rho := func(t int) float64 {
		cov := 0.0
		for i, c := range split {
			for k := range n - t {
				cov += (c[k] - means[i]) * (c[k+t] - means[i])
			}
		}
		return 1 - (within-cov/float64(n)/m)/plus
	}
	last := 1 + rho(1)
	tau := -1 + 2*last
	for t := 2; t+2 < n; t += 2 {
		even := rho(t)
		pair := even + rho(t+1)
		if !(pair > 0) || t+4 >= n {
			tau += max(0, even)
			break
		}
		last = min(last, pair)
		tau += 2 * last
	}
	total := m * float64(n)
	return total / max(tau, 1/math.Log10(total))
}
