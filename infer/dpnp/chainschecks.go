package dpnp

import (
	"slices"

	"tweedie/infer"
)

// contraction reports how well directions without data have mixed at eta_min.
func (e *engine) contraction(res *infer.Result) {
	if len(res.Samples) < 2 {
		return
	}
	s := slices.Max(res.Std)
	lambda := s * s / (s*s + e.method.EtaMin*e.method.EtaMin)
	res.Diagnose("null-space contraction per round at eta_min", lambda, 0,
		"s^2/(s^2+eta^2) with the largest pixel deviation s; directions without data keep the spread of earlier rounds")
}

// mostMemory is the largest share of its start that a direction may still hold.
const mostMemory = .05

// judgeMemory says how much of their start the chains hold along the slowest direction.
func (c *chains) judgeMemory(res *infer.Result) {
	if c.coupled == nil {
		return
	}
	worst := 0.0
	for _, g := range directions(c.coupled) {
		_, memory := direction{Prior: c.spread.largest, Gain: g, Sigma: 1}.follow(moments{}, c.method.Etas(), true, nil)
		worst = max(worst, memory)
	}
	causes := []string{"too few rounds, or an eta_max too small, for the prior's largest deviation"}
	if c.slow != "" {
		causes = append(causes, c.slow)
	}
	res.Judge(infer.Verdict{Name: "memory of the start, slowest direction", Value: worst, Limits: infer.AtMost(mostMemory), Causes: causes},
		"the chains have forgotten their starts", "the chains have not forgotten their starts")
}
