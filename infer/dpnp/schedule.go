package dpnp

import (
	"fmt"
	"math"

	"tweedie/inverse"
)

// endOf returns the coupling at which a deflated run ends: just below 1/g for the largest gain g, where its law is the
// posterior. A lower one would only lengthen its memory.
func endOf(c inverse.Coupled) float64 { return min(.9/c.Top(), c.MostDeflated()) }

// mostAway is the largest relative error of a mean or a variance that a schedule may leave on a Gaussian prior.
const mostAway = .02

// scheduled fills in the couplings and rounds of chains that are 0: EtaMin as endOf says, and of EtaMax in {1,2,4} deviations
// of a pixel and Rounds in {20,40,80,160} the cheapest by which, on Gaussian priors of the deviations in s, chains from
// draws of the prior end within 2% of the posterior's mean and variance in every direction of the problem. When none does
// it takes the best and names the direction that forgets its start slowest.
func scheduled(m DPnP, c inverse.Coupled, s spread) (_ DPnP, slowest string) {
	if m.EtaMin == 0 {
		m.EtaMin = endOf(c)
	}
	gains := directions(c)
	best := math.Inf(1)
	pick := m
	for _, rounds := range []int{20, 40, 80, 160} {
		for _, widths := range []float64{1, 2, 4} {
			try := m
			if m.Rounds == 0 {
				try.Rounds = rounds
			}
			if m.EtaMax == 0 {
				try.EtaMax = widths * s.rms
			}
			try.EtaMax = max(try.EtaMax, try.EtaMin)
			away, slow := tried(try, gains, s)
			if away < best {
				best, pick, slowest = away, try, slow
			}
			if best <= mostAway {
				return pick, ""
			}
		}
	}
	return pick, slowest
}

// tried returns how far a schedule ends from the posterior along the worst direction, and describes that direction.
func tried(m DPnP, gains []float64, s spread) (worst float64, slowest string) {
	etas := m.Etas()
	for _, deviation := range []float64{s.rms, s.largest} {
		for _, g := range gains {
			d := Direction{Prior: deviation, Gain: g, Sigma: 1}
			end, memory := d.Follow(Moments{V: deviation * deviation}, etas, true, nil)
			want := d.Posterior()
			away := math.Abs(end.V/want.V - 1)
			if want.C != 0 {
				away = max(away, math.Abs(end.C/want.C-1))
			}
			if away >= worst {
				worst = away
				slowest = fmt.Sprintf("the direction seen with %.3g standard deviations of the noise per prior deviation (%.3g) still holds %.2g of its start", g*deviation, deviation, memory)
			}
		}
	}
	return worst, slowest
}
