package dpi

import (
	"fmt"
	"strings"

	"tweedie/diffusion/exact"
	"tweedie/infer"
)

func init() {
	infer.Register(infer.Kind{
		Name:       "dpi",
		Title:      "DPI",
		Text:       "fits a distribution to the posterior by maximising the evidence lower bound",
		Spread:     infer.PosteriorSpread,
		KeepsState: true,
		Step:       "A step of DPI with the surrogate prior",
		Shorten: func(m infer.Method, steps, samples int) infer.Method {
			s := m.(DPI)
			s.Steps, s.Batch, s.Warmup = steps, samples, min(s.Warmup, steps-1)
			return s
		},
		New:      func(p *infer.Problem, e infer.Effort) infer.Method { return defaultFor(p, e) },
		Describe: func(m infer.Method) string { return describeDPI(m.(DPI)) },
	})
}

// defaultFor returns Default with the settings of an effort. A noise that does not allow every clean measurement
// gets images in the prior's range, since a Gaussian goes beyond any bound. A prior in closed form gives its own density.
func defaultFor(p *infer.Problem, e infer.Effort) DPI {
	m := Default()
	closed := false
	if _, closed = p.Prior.(exact.Distribution); closed {
		m.Prior.Kind = "exact"
	}
	if p.Likelihood != nil && p.Bounded() && p.Range[0] < p.Range[1] {
		m.Family.Head, m.Family.Lo, m.Family.Hi = "box", p.Affine.ToPrior(p.Range[0]), p.Affine.ToPrior(p.Range[1])
		m.Family.Std = 1
	}
	few := p.Shape.Size() < infer.FewPixels
	switch {
	case e == infer.Plane:
		m.Family = FamilyConfig{Kind: "realnvp", Flows: 8, SeqFrac: 1. / 32}
		m.Prior.Kind = "exact"
		m.Steps, m.Anneal, m.Cover, m.Batch, m.LR, m.FinalLR, m.Clip, m.Check = 1200, 300, 1200, 512, 5e-3, 1e-5, 0, 4096
		return m
	case e == infer.Full:
		m.Family = FamilyConfig{Kind: "realnvp", Flows: 8, SeqFrac: 2}
		m.Prior.Surrogate.T0, m.Prior.Surrogate.Antithetic = .01, true
		m.Steps, m.Batch, m.LR, m.FinalLR, m.Warmup, m.Check = 5000, 16, 1e-3, 1e-5, 50, 256
		return m
	case e == infer.Standard && (closed || p.Prior == nil):
		return m
	}
	if p.Std > 0 {
		m.Family.Mean = p.Affine.ToPrior(p.Mean)
	}
	m.onImages()
	if few {
		m.Family.Kind, m.Batch, m.Check = "auto", 16, 256
		return m
	}
	if e == infer.Table {
		m.Steps, m.Smooth.Share, m.Batch, m.Check = 500, .9, 4, 32
	}
	return m
}

// onImages sets what serves networks: most steps follow the score of the smoothed prior, a Gaussian starts with a
// small deviation (at the Wiener estimate, by DPI.Start), and the last steps, on the bound, have noise of both signs and leave out the lowest noise
// levels (t0), where its gradient is mostly noise.
func (m *DPI) onImages() {
	m.Family.Kind, m.Family.Rank = "low-rank", 64
	if m.Family.Head == "" {
		m.Family.Std = .05
	}
	m.Prior.Surrogate.T0, m.Prior.Surrogate.Antithetic = .1, true
	m.Smooth.Share = .85
	m.Steps, m.Batch, m.LR, m.FinalLR, m.Warmup, m.Check = 1000, 8, 1e-2, 1e-3, 5, 128
}

// describeDPI says what family is fitted, and for how long.
func describeDPI(m DPI) string {
	what, end := "A Gaussian with a diagonal and a low-rank part", " A Gaussian is all it can say."
	switch m.Family.Kind {
	case "low-rank":
	case "auto":
		what = fmt.Sprintf("A Gaussian with a full covariance, or beyond %d pixels with a diagonal and a low-rank part,", mostFull)
	case "realnvp":
		what, end = "A normalising flow (RealNVP)", ""
	case "full", "diagonal":
		what = "A Gaussian with a " + m.Family.Kind + " covariance"
	default:
		what, end = "A family "+m.Family.Kind, ""
	}
	if n := m.Family.Components; n > 1 {
		what, end = fmt.Sprintf("A mixture of %d families, %s%s,", n, strings.ToLower(what[:1]), what[1:]), ""
	}
	if n := m.Smooth.within(m.Steps); n > 0 {
		end += fmt.Sprintf(" The first %d steps follow the score of the prior, smoothed less and less.", n)
	}
	bound := map[string]string{"surrogate": ", with a diffusion bound in place of log p(x)", "ode": ", with log p(x) from the probability-flow ODE"}[m.Prior.Kind]
	return fmt.Sprintf("Fitting. %s is fitted to the posterior by maximising the evidence lower bound%s.%s %d steps of %d samples.", what, bound, end, m.Steps, m.Batch)
}
