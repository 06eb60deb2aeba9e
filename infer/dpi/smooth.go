package dpi

import (
	"math"

	"tweedie/internal/config"
)

// Smooth has the first steps of a fit follow the prior's own score,
//
//	grad log p(x; sigma) = (D(x, sigma) - x)/sigma^2,   p(x; sigma) the density of x_0 + sigma n,
//
// at a level sigma that falls from From to To: one evaluation an image and no sweep back, exact for the smoothed prior.
type Smooth struct {
	Share float64 `json:"share"` // of the steps
	From  float64 `json:"from"`  // in the units of x; 0: the prior's deviation
	To    float64 `json:"to"`    // 0: a twelfth of that
}

// within returns the number of steps among so many; two are left for the prior itself.
func (s Smooth) within(steps int) int {
	return max(0, min(int(math.Round(s.Share*float64(steps))), steps-2))
}

// level returns sigma at a step, from 1, of a fit of so many, and 0 after the last one that is smoothed.
func (s Smooth) level(step int64, steps int, std float64) float64 {
	n := s.within(steps)
	if step > int64(n) {
		return 0
	}
	if std == 0 {
		std = 1
	}
	if s.From == 0 {
		s.From = std
	}
	if s.To == 0 {
		s.To = std / 12
	}
	if n == 1 {
		return s.To
	}
	return s.From * math.Pow(s.To/s.From, float64(step-1)/float64(n-1))
}

// validate adds what is wrong to k.
func (s Smooth) validate(k *config.Checker) {
	k.Float("smooth.share", s.Share, 0, 1)
	k.That(s.From == 0 || s.From >= config.Tiny && s.From <= config.Huge, "smooth.from", s.From, "be 0 or lie between %g and %g", config.Tiny, config.Huge)
	k.That(s.To == 0 || s.To >= config.Tiny && s.To <= config.Huge, "smooth.to", s.To, "be 0 or lie between %g and %g", config.Tiny, config.Huge)
}
