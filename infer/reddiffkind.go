package infer

import "fmt"

func init() {
	Register(Kind{
		Name:   "red-diff",
		Title:  "RED-diff",
		Text:   "moves one image at a time towards a mode of the posterior; the spread of its restarts is no uncertainty",
		Spread: RestartSpread,
		Step:   "A step of RED-diff",
		Shorten: func(m Method, steps, samples int) Method {
			s := m.(REDDiff)
			s.Steps = steps
			return s
		},
		New: func(p *Problem, e Effort) Method { return redDiffFor(p, e) },
		Describe: func(m Method) string {
			return "Optimising. One image at a time moves towards a mode of the posterior. Restarts differ by their random numbers only; their spread follows from the step size and is not an uncertainty. " +
				fmt.Sprintf("%d steps.", m.(REDDiff).Steps)
		},
	})
}

// redDiffFor returns DefaultREDDiff with its step in the units of x, and the steps of an effort.
func redDiffFor(p *Problem, e Effort) REDDiff {
	m := DefaultREDDiff()
	unit := p.Affine.Unit()
	m.LR *= unit
	switch {
	case e == Standard:
	case e == Plane:
		m.Steps, m.LR = 250, 0.05
	case p.Shape.Size() < fewPixels:
		m.Steps, m.LR = 250, 0.1*unit
	case e == Table:
		m.Steps, m.LR = 100, 0.1*unit
	default:
		m.Steps, m.LR = 200, 0.1*unit
	}
	return m
}
