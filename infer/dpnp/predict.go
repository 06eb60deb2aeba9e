package dpnp

import (
	"math"

	"tweedie/inverse"
)

// mostLevels bounds the levels that are predicted; more are no use.
const mostLevels = 10_000

// predictLevels returns how many levels sequential Monte Carlo takes from the prior N(0, s^2 I) to the posterior when every
// level keeps a share of the effective sample size, for data as large as the prior makes them, y^2 = a^2 s^2 + sigma^2. Along
// a direction with gain g in units of the noise, with S = max(1, eta^2 g^2) at a level and tau = 1/S' - 1/S,
//
//	v = g^2 s^2 S/(g^2 s^2 + S),  mu = y S/(g^2 s^2 + S),
//	ESS/N = prod sqrt(1 + 2 tau v)/(1 + tau v) exp(-tau^2 mu^2 v/((1 + tau v)(1 + 2 tau v)))
//
// and at the prior S is infinite. It grows as the square root of the number of data.
func predictLevels(gains []float64, s, end, keep float64) int {
	// variance returns S at eta; +Inf at an eta of +Inf.
	variance := func(g, eta float64) float64 { return max(1, eta*eta*g*g) }
	logESS := func(from, to float64) float64 {
		sum := 0.0
		for _, g := range gains {
			if g == 0 {
				continue
			}
			gs2, old := g*g*s*s, variance(g, from)
			y2, v, mu2 := gs2+1, gs2, gs2+1
			if !math.IsInf(old, 1) {
				v = gs2 * old / (gs2 + old)
				mu2 = y2 * (old / (gs2 + old)) * (old / (gs2 + old))
			}
			tau := 1/variance(g, to) - 1/old
			sum += math.Log1p(2*tau*v)/2 - math.Log1p(tau*v) - tau*tau*mu2*v/((1+tau*v)*(1+2*tau*v))
		}
		return sum
	}
	least := math.Log(keep)
	eta := math.Inf(1)
	for level := 1; level < mostLevels; level++ {
		if logESS(eta, end) >= least {
			return level
		}
		lo, hi := end, eta
		if math.IsInf(hi, 1) {
			for hi = 2 * end; logESS(eta, hi) < least && hi < math.MaxFloat64/4; {
				hi *= 2
			}
		}
		for range 60 {
			mid := math.Sqrt(lo * hi)
			if logESS(eta, mid) >= least {
				hi = mid
			} else {
				lo = mid
			}
		}
		eta = hi
	}
	return mostLevels
}

// directions returns gains of the problem among which the slowest direction is: the seen ones, thinned to a few, and 0
// when there are unseen ones.
func directions(c inverse.Coupled) []float64 {
	const few = 12
	gains := c.Gains()
	var out []float64
	if gains == nil {
		out = []float64{c.Top(), c.Top() / 4, c.Top() / 16}
	}
	for k := range min(few, len(gains)) {
		out = append(out, gains[k*(len(gains)-1)/max(1, min(few, len(gains))-1)])
	}
	if c.Unseen() > 0 {
		out = append(out, 0)
	}
	return out
}
