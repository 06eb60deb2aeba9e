package dpnp

import (
	"fmt"

	"tweedie/infer"
)

func init() {
	infer.Register(infer.Kind{
		Name:       "dpnp",
		Title:      "DPnP",
		Text:       "alternates draws that see the data only with draws that see the prior only; its samples tend to posterior samples",
		Spread:     infer.PosteriorSpread,
		KeepsState: true,
		Step:       "A round of DPnP",
		Shorten: func(m infer.Method, steps, samples int) infer.Method {
			s := m.(DPnP)
			s.Rounds, s.Hold = steps, min(s.Hold, steps)
			return s
		},
		New: func(p *infer.Problem, e infer.Effort) infer.Method { return defaultFor(p, e) },
		Describe: func(m infer.Method) string {
			return "Sampling. Each sample is a chain of its own that alternates exact draws given the data with draws from the prior given a noisy image, while the two are tied ever closer. At the end its samples are posterior samples. " +
				fmt.Sprintf("%d rounds.", m.(DPnP).Rounds)
		},
	})
}

// defaultFor returns Default with its couplings in proportion to the deviation of the prior's pixels, and the settings of an
// effort.
func defaultFor(p *infer.Problem, e infer.Effort) DPnP {
	m, std := Default(), p.Std
	if std > 0 {
		m.EtaMax, m.EtaMin = std, std/20
	} else {
		std = m.EtaMax
	}
	switch {
	case e == infer.Standard:
		return m
	case e == infer.Plane:
		m.EtaMax, m.EtaMin, m.Rounds, m.Hold, m.Steps = 1, 0.03, 80, 16, 16
	case p.Shape.Size() < infer.FewPixels:
		m.EtaMax, m.EtaMin, m.Rounds, m.Hold, m.Steps = std, std/16, 40, 8, 8
	default:
		m.EtaMax, m.EtaMin, m.Rounds, m.Hold, m.Steps = 2*std, std/8, 40, 6, 6
	}
	m.Heun = true
	return m
}
