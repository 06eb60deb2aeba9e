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

// defaultFor returns Default with the settings of an effort. On images of 28x28 pixels the demonstration's few steps are
// spent well by starting at the Wiener estimate with a small deviation, by noise of both signs, and by leaving out the
// lowest noise levels (t0), where the bound's gradient is mostly noise. A noise that does not allow every clean measurement
// gets images in the prior's range, since a Gaussian goes beyond any bound. A prior in closed form gives its own density.
func defaultFor(p *infer.Problem, e infer.Effort) DPI {
	m := Default()
	if _, ok := p.Prior.(exact.Distribution); ok {
		m.Prior.Kind = "exact"
	}
	if p.Likelihood != nil && p.Bounded() && p.Range[0] < p.Range[1] {
		m.Family.Head, m.Family.Lo, m.Family.Hi = "box", p.Affine.ToPrior(p.Range[0]), p.Affine.ToPrior(p.Range[1])
		m.Family.Std = 1
	}
	switch e {
	case infer.Standard:
		return m
	case infer.Plane:
		m.Family = FamilyConfig{Kind: "realnvp", Flows: 8, SeqFrac: 1. / 32}
		m.Prior.Kind = "exact"
		m.Steps, m.Anneal, m.Cover, m.Batch, m.LR, m.FinalLR, m.Clip, m.Check = 1200, 300, 1200, 512, 5e-3, 1e-5, 0, 4096
		return m
	case infer.Full:
		m.Family = FamilyConfig{Kind: "realnvp", Flows: 8, SeqFrac: 2}
		m.Prior.Surrogate.T0, m.Prior.Surrogate.Antithetic = .01, true
		m.Steps, m.Batch, m.LR, m.FinalLR, m.Warmup, m.Check = 5000, 16, 1e-3, 1e-5, 50, 256
		return m
	}
	m.Family = m.Family.of(p.Shape.Size())
	if p.Std > 0 {
		m.Family.Mean = p.Affine.ToPrior(p.Mean)
	}
	if p.Shape.Size() < infer.FewPixels {
		m.Steps, m.Batch, m.LR, m.FinalLR, m.Check = 400, 32, 3e-2, 1e-3, 256
		return m
	}
	m.Family.Rank, m.Family.Std, m.Start = 4, .05, p.Std
	m.Prior.Surrogate.T0, m.Prior.Surrogate.Antithetic = .1, true
	m.Steps, m.Batch, m.LR, m.FinalLR, m.Warmup, m.Check = 400, 4, 2e-2, 1e-3, 5, 128
	if e == infer.Table {
		m.Steps, m.Batch, m.Check = 240, 2, 32
	}
	return m
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
	bound := map[string]string{"surrogate": ", with a diffusion bound in place of log p(x)", "ode": ", with log p(x) from the probability-flow ODE"}[m.Prior.Kind]
	return fmt.Sprintf("Fitting. %s is fitted to the posterior by maximising the evidence lower bound%s.%s %d steps of %d samples.", what, bound, end, m.Steps, m.Batch)
}
