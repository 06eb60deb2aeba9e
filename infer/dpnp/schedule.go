package dpnp

import (
	"fmt"
	"math"

	"tweedie/inverse"
)

// endOf returns the coupling at which a deflated run ends: just below 1/g for the largest gain g, where its law is the
// posterior. A lower one would only lengthen its memory.
func endOf(c inverse.Coupled) float64 { return min(.9/c.Top(), c.MostDeflated()) }

// Rounds that a chain has at least. A fast fall of eta leaves too much spread where the data see pixels that the prior
// correlates: on a Gaussian field of 8x8 pixels of which 30% are seen, the variances of the third with the largest are 14%
// too large after 20 rounds, 6% after 40 and 3% after 60. A slow one leaves too little with a network, whose levels are not
// of one prior: with the middle of 24 images of fashion28 hidden, spread over error is 1.25, 1.03 and 1.00 when eta falls in
// 13, 20 and 30 rounds from twice the largest deviation; from half of that, on 8 of the images, 1.0, .78 and .72 in 20, 40
// and 80 rounds. Those images were ancestral draws in 64 steps; of draws in 512 steps, which differ more, it is .86 with 30.
// Rounds at eta_min and more steps in each round do not change that.
const (
	leastRounds      = 24
	leastRoundsExact = 80 // of a prior in closed form
)

// mostAway is the largest relative error of a mean or a variance that a schedule may leave on a Gaussian prior.
const mostAway = .02

// scheduled fills in the couplings and rounds of chains that are 0: EtaMin as endOf says, and of a few EtaMax up to twice the
// prior's largest deviation and Rounds from least to 160 the cheapest by which, on Gaussian priors of the deviations in s,
// chains from draws of the prior end within 2% of the posterior's mean and variance in every direction of the problem, seen
// or not, and have forgotten their start but for 5%. When none does it takes the best and describes the direction that is
// worst.
func scheduled(m DPnP, c inverse.Coupled, s spread, least int) (_ DPnP, slowest string) {
	if m.EtaMin == 0 {
		m.EtaMin = endOf(c)
	}
	gains := directions(c)
	best := math.Inf(1)
	pick := m
	for _, rounds := range []int{24, 30, 40, 50, 60, 80, 120, 160} {
		if rounds < least {
			continue
		}
		for _, top := range []float64{s.rms, 2 * s.rms, 4 * s.rms, s.largest, 2 * s.largest} {
			try := m
			if m.Rounds == 0 {
				try.Rounds = rounds
			}
			if m.EtaMax == 0 {
				try.EtaMax = top
			}
			try.EtaMax = max(try.EtaMax, try.EtaMin)
			excess, slow := tried(try, gains, s)
			if excess < best {
				best, pick, slowest = excess, try, slow
			}
			if best <= 1 {
				return pick, ""
			}
		}
	}
	return pick, slowest
}

// tried returns by how many times a schedule exceeds what is allowed, along the worst direction, which it describes.
func tried(m DPnP, gains []float64, s spread) (worst float64, slowest string) {
	etas := m.Etas()
	for _, deviation := range []float64{s.rms, s.largest} {
		for _, g := range gains {
			d := direction{Prior: deviation, Gain: g, Sigma: 1}
			end, memory := d.follow(moments{V: deviation * deviation}, etas, true, nil)
			want := d.posterior()
			excess := max(memory/mostMemory, math.Abs(end.V/want.V-1)/mostAway)
			if want.C != 0 {
				excess = max(excess, math.Abs(end.C/want.C-1)/mostAway)
			}
			if excess >= worst {
				worst = excess
				slowest = fmt.Sprintf("a direction of deviation %.3g, which the data see with %.3g times their noise, keeps %.2g of its start", deviation, g*deviation, memory)
			}
		}
	}
	return worst, slowest
}
