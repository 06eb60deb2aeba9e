package dpnp

import (
	"math"

	"tweedie/infer"
	"tweedie/inverse"
)

// judgeMALA judges the Langevin steps by which chains draw z given the data, in so many rounds at the last coupling.
func judgeMALA(res *infer.Result, mala *inverse.MALA, rounds int) {
	r := mala.Report()
	if r.Unadjusted || r.Proposed == 0 {
		res.Diagnose("acceptance", r.Acceptance(), 0, "of the Langevin proposals after adaptation; "+mala.Name())
		return
	}
	res.Judge(infer.Verdict{Name: "acceptance of Langevin proposals", Value: r.Acceptance(), Limits: infer.AtLeast(leastAcceptance),
		Causes: []string{"too few steps to adapt to a likelihood as bent as this; proximal.mala.burn_in"}},
		"the draws given the data move", "the draws given the data hardly move, so that the samples cannot be trusted")
	if worth := r.Effective(); !math.IsNaN(worth) {
		res.Judge(infer.Verdict{Name: "effective Langevin draws of a draw given the data", Value: worth, Limits: infer.AtLeast(max(leastWorth/float64(max(rounds, 1)), leastKnown)),
			Causes: []string{"too few steps for a likelihood as bent as this; proximal.mala.steps"}},
			"the draws given the data forget what they were", "the draws given the data hardly forget what they were, so that the samples may not have reached the posterior")
	}
}

const (
	leastWorth = 1.5 // what the steps are worth that keep a twentieth of their start, in all rounds at the last coupling
	leastKnown = .1  // what steps of one draw must be worth to be told from none
)
