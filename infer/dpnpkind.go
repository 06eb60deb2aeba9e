package infer

import "fmt"

func init() {
	Register(Kind{
		Name:       "dpnp",
		Title:      "DPnP",
		Text:       "alternates draws that see the data only with draws that see the prior only; its samples tend to posterior samples",
		Spread:     PosteriorSpread,
		KeepsState: true,
		Step:       "A round of DPnP",
		Shorten: func(m Method, steps, samples int) Method {
			s := m.(DPnP)
			s.Rounds, s.Hold = steps, min(s.Hold, steps)
			return s
		},
		New: func(p *Problem, e Effort) Method { return dpnpFor(p, e) },
		Describe: func(m Method) string {
			return "Sampling. Each sample is a chain of its own that alternates exact draws given the data with draws from the prior given a noisy image, while the two are tied ever closer. At the end its samples are posterior samples. " +
				fmt.Sprintf("%d rounds.", m.(DPnP).Rounds)
		},
	})
}

// dpnpFor returns DefaultDPnP with its couplings in proportion to the deviation of the prior's pixels, and the settings of an
// effort.
func dpnpFor(p *Problem, e Effort) DPnP {
	m, std := DefaultDPnP(), p.Std
	if std > 0 {
		m.EtaMax, m.EtaMin = std, std/20
	} else {
		std = m.EtaMax
	}
	switch {
	case e == Standard:
		return m
	case e == Plane:
		m.EtaMax, m.EtaMin, m.Rounds, m.Hold, m.Steps = 1, 0.03, 80, 16, 16
	case p.Shape.Size() < fewPixels:
		m.EtaMax, m.EtaMin, m.Rounds, m.Hold, m.Steps = std, std/16, 40, 8, 8
	default:
		m.EtaMax, m.EtaMin, m.Rounds, m.Hold, m.Steps = 2*std, std/8, 40, 6, 6
	}
	m.Heun = true
	return m
}

// fewPixels is the number of pixels below which the demonstration takes an image for a small one.
const fewPixels = 256
