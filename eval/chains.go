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
// and above 1.01 when they have not mixed (Gelman et al., BDA3 11.4; Vehtari et al. 1903.08008). Constant chains give
// NaN.
func SplitRhat(chains [][]float64) float64 {
	within, plus := pooled(halves("SplitRhat", chains))
	return math.Sqrt(plus / within)
}

// ESS returns the number of independent draws that chains [chain][draw] of one number are worth, m n / tau over the
// halves of the chains,
//
//	tau = 1 + 2 sum_t rho_t,  rho_t = 1 - (W - mean autocovariance at t)/var+
//
// where the sum ends with Geyer's initial monotone sequence of pairs (Vehtari et al. 1903.08008) and the result is
// capped at m n log10(m n). The standard error of the mean of the draws is sd/sqrt(ESS). Constant chains give NaN.
func ESS(chains [][]float64) float64 {
	split := halves("ESS", chains)
	n, m := len(split[0]), float64(len(split))
	within, plus := pooled(split)
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
	tau, last := -1.0, math.Inf(1)
	for t := 0; t+1 < n; t += 2 {
		first := 1.0
		if t > 0 {
			first = rho(t)
		}
		pair := first + rho(t+1)
		if pair <= 0 || math.IsNaN(pair) {
			break
		}
		last = min(last, pair)
		tau += 2 * last
	}
	total := m * float64(n)
	if plus == 0 {
		return math.NaN()
	}
	return total / max(tau, 1/math.Log10(total))
}
