package reddiff

import (
	"fmt"

	"tweedie/infer"
)

func init() {
	infer.Register(infer.Kind{
		Name:   "red-diff",
		Title:  "RED-diff",
		Text:   "moves one image at a time towards a mode of the posterior; the spread of its restarts is no uncertainty",
		Spread: infer.RestartSpread,
		Step:   "A step of RED-diff",
		Shorten: func(m infer.Method, steps, samples int) infer.Method {
			s := m.(REDDiff)
			s.Steps = steps
			return s
		},
		New: func(p *infer.Problem, e infer.Effort) infer.Method { return defaultFor(p, e) },
		Describe: func(m infer.Method) string {
			return "Optimising. One image at a time moves towards a mode of the posterior. Restarts differ by their random numbers only; their spread follows from the step size and is not an uncertainty. " +
				fmt.Sprintf("%d steps.", m.(REDDiff).Steps)
		},
	})
}

// defaultFor returns Default with its step in the units of x, and the steps of an effort.
func defaultFor(p *infer.Problem, e infer.Effort) REDDiff {
	m := Default()
	unit := p.Affine.Unit()
	m.LR *= unit
	switch {
	case e == infer.Standard:
	case e == infer.Plane:
		m.Steps, m.LR = 250, 0.05
	case p.Shape.Size() < infer.FewPixels:
		m.Steps, m.LR = 250, 0.1*unit
	case e == infer.Table:
		m.Steps, m.LR = 100, 0.1*unit
	default:
		m.Steps, m.LR = 200, 0.1*unit
	}
	return m
}
