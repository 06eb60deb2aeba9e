package infer

import (
	"fmt"
	"strings"

	"tweedie/eval"
)

// Limits of the search for modes in what chains drew.
const (
	mostModes     = 8
	leastOfChain  = 4  // draws of each chain
	leastOfChains = 32 // draws of all
)

// judgeModes judges whether chains that keep several draws visit the modes of the samples equally often. Where each chain
// gives one draw, chi^2 between samples and tracks of the chains must tell.
func (r *Result) judgeModes() {
	if len(r.Chain) != len(r.Samples) || len(r.Samples) < leastOfChains {
		return
	}
	chains := byChain(r.Chain, r.Samples)
	if len(chains) < 2 || len(chains[0]) < leastOfChain {
		return
	}
	modes := eval.FindModes(r.Samples, mostModes, r.Seed)
	agree := eval.CompareModes(byChain(r.Chain, modes.Labels), modes.Count)
	v := Verdict{Name: "probability that chains visit modes as unequally", Value: agree.P, Limits: AtLeast(rare),
		Causes: []string{"chains stuck in the mode nearest to their start, so that the weights of the modes are those of the starts"}}
	passed := "the samples form one group"
	if modes.Count > 1 {
		passed = fmt.Sprintf("the chains visit %d modes alike; the modes hold %s of the samples", modes.Count, shares(modes.Weights))
	}
	r.Judge(v, passed, fmt.Sprintf("the chains disagree on the weights of %d modes, which hold %s of the samples", modes.Count, shares(modes.Weights)))
}

func shares(weights []float64) string {
	words := make([]string, len(weights))
	for i, w := range weights {
		words[i] = fmt.Sprintf("%.2g", w)
	}
	return strings.Join(words, ", ")
}
