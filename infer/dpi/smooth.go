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
	Steps int     `json:"steps"`
	From  float64 `json:"from"` // in the units of x; 0: the prior's deviation
	To    float64 `json:"to"`   // 0: a twelfth of that
}

// level returns sigma at a step, from 1, 0 after the last of Steps.
func (s Smooth) level(step int64, std float64) float64 {
	if step > int64(s.Steps) {
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
	if s.Steps == 1 {
		return s.To
	}
	return s.From * math.Pow(s.To/s.From, float64(step-1)/float64(s.Steps-1))
}

// validate adds what is wrong to k; steps are those of the fit.
func (s Smooth) validate(k *config.Checker, steps int) {
	k.Int("smooth.steps", s.Steps, 0, steps-2)
	k.That(s.From == 0 || s.From >= config.Tiny && s.From <= config.Huge, "smooth.from", s.From, "be 0 or lie between %g and %g", config.Tiny, config.Huge)
	k.That(s.To == 0 || s.To >= config.Tiny && s.To <= config.Huge, "smooth.to", s.To, "be 0 or lie between %g and %g", config.Tiny, config.Huge)
}
