package dpnp

import (
	"fmt"

	"tweedie/infer"
)

func init() {
	infer.Register(infer.Kind{
		Name:       "dpnp",
		Title:      "DPnP",
		Text:       "alternates draws that see the data only with draws that see the prior only; its samples are posterior samples",
		Spread:     infer.PosteriorSpread,
		KeepsState: true,
		Step:       "A round of DPnP",
		Shorten: func(m infer.Method, steps, samples int) infer.Method {
			// In the mode annealed, which draws nothing from the prior beforehand, so that rounds alone are timed.
			s, a := m.(DPnP), Annealed()
			s.Mode, s.Rounds, s.Hold, s.EtaMax, s.EtaMin = AnnealedMode, steps, 0, a.EtaMax, a.EtaMin
			return s
		},
		New:      func(_ *infer.Problem, e infer.Effort) infer.Method { return defaultFor(e) },
		Describe: describe,
	})
}

// Particles of the demonstration. Those of a page and a table are the least that form islands, so that the evidence has an
// error; they do not grow with the levels, so that a page takes a minute and a table of 50 images an hour.
const (
	pageParticles = forIslands
	fullParticles = 4 * forIslands
)

// defaultFor returns Default with the particles of an effort.
func defaultFor(e infer.Effort) DPnP {
	m := Default()
	switch e {
	case infer.Page, infer.Table:
		m.SMC.Particles = pageParticles
	case infer.Full:
		m.SMC.Particles = fullParticles
	}
	return m
}

// describe says what the mode of m does, and what its zeros mean.
func describe(m infer.Method) string {
	s := m.(DPnP)
	text := "Sampling. Draws given the data alternate with draws from the prior given a noisy image, while the two are tied ever closer. "
	const zeros = " Numbers that are 0 follow from the problem, and the result tells what they became."
	switch {
	case s.Mode == Auto:
		return text + "The mode follows from the problem." + zeros
	case s.Mode == SMCMode && s.SMC.Particles == 0:
		return text + "Particles go from the prior to the posterior in levels, at which they are weighed by the data and resampled." + zeros
	case s.Mode == SMCMode:
		return text + fmt.Sprintf("%d particles go from the prior to the posterior in levels, at which they are weighed by the data and resampled.", s.SMC.Particles)
	case s.Mode == ExchangeMode:
		return text + "Replicas at a ladder of couplings exchange their images, so that the tight ones reach every mode." + zeros
	case s.Rounds == 0:
		return text + "Chains are independent." + zeros
	}
	return text + fmt.Sprintf("Each chain makes %d rounds before its first sample.", s.Rounds)
}
