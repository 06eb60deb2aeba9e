package dpnp

import (
	"math"

	"tweedie/infer"
	"tweedie/inverse"
)

// judgeMALA judges the Langevin steps by which chains draw z given the data.
func judgeMALA(res *infer.Result, mala *inverse.MALA) {
	r := mala.Report()
	if r.Unadjusted || r.Proposed == 0 {
		res.Diagnose("acceptance", r.Acceptance(), 0, "of the Langevin proposals after adaptation; "+mala.Name())
		return
	}
	res.Judge(infer.Verdict{Name: "acceptance of Langevin proposals", Value: r.Acceptance(), Limits: infer.AtLeast(leastAcceptance),
		Causes: []string{"too few steps to adapt to a likelihood as bent as this; proximal.mala.burn_in"}},
		"the draws given the data move", "the draws given the data hardly move, so that the samples cannot be trusted")
	if worth := r.Effective(); !math.IsNaN(worth) {
		res.Judge(infer.Verdict{Name: "effective Langevin draws of a draw given the data", Value: worth, Limits: infer.AtLeast(leastWorth),
			Causes: []string{"too few steps for a likelihood as bent as this; proximal.mala.steps"}},
			"a draw given the data forgets the one before", "draws given the data still hold what the ones before were, so that the samples may not have reached the posterior")
	}
}

// leastWorth is what the steps of a draw are worth that keep a twentieth of their start.
const leastWorth = 1.5
