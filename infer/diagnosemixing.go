package infer

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/eval"
)

// Thresholds of mixing (Vehtari et al. 1903.08008), and what stands in their place for runs too short for them.
const (
	rhatLimit    = 1.01
	essPerChain  = 100
	leastPerKept = .5  // independent draws for each sample kept
	forgotten    = 1.5 // draws of a chain of n rounds with memory^n = .05, by n (1 - memory)/(1 + memory)
	memoryErrors = 3.5 // standard errors by which a memory may be found too large
)

// judgeMixing judges whether the chains of a run agree and have forgotten their starts, by the worst of its tracks. For each
// the draws of the numbers are ranked, so that no law of theirs is assumed.
func (r *Result) judgeMixing() {
	rhat := Verdict{Name: "split R-hat", Value: math.NaN()}
	ess := Verdict{Name: "effective draws a chain", Value: math.Inf(1)}
	worst := math.Inf(-1)
	var rhatOf, essOf string
	tracks := 0
	for _, t := range r.Tracks {
		if t.Chains = even(t.Chains); len(t.Chains) == 0 || len(t.Chains[0]) < 4 {
			continue
		}
		tracks++
		value := eval.RankRhat(t.Chains)
		limit := max(rhatLimit, shortLimit(t.Chains, rare/float64(len(r.Tracks))))
		if excess := (value - 1) / (limit - 1); excess > worst {
			worst, rhatOf = excess, t.Name
			rhat.Value, rhat.Limits = value, AtMost(limit)
		}
		c := float64(len(t.Chains))
		for _, n := range []float64{eval.BulkESS(t.Chains) / c, eval.TailESS(t.Chains) / c, rememberedESS(t.Chains)} {
			if n < ess.Value {
				ess.Value, essOf = n, t.Name
			}
		}
	}
	if tracks == 0 {
		return
	}
	rhat.Causes = []string{"chains stuck in different modes", "too few rounds to forget the start"}
	r.Judge(rhat, fmt.Sprintf("the chains agree in all %d numbers followed", tracks), "the chains do not agree on the "+rhatOf)
	if math.IsInf(ess.Value, 1) {
		ess.Value = math.NaN()
	}
	ess.Limits = AtLeast(r.leastESS())
	ess.Causes = []string{"too few rounds for chains as slow as these"}
	r.Judge(ess, "the chains are long enough for their memory", "the chains are too short for their memory of the "+essOf)
}

// even returns chains cut to the last rounds that all have.
func even(chains [][]float64) [][]float64 {
	out, n := make([][]float64, len(chains)), math.MaxInt
	for _, c := range chains {
		n = min(n, len(c))
	}
	for i, c := range chains {
		out[i] = c[len(c)-n:]
	}
	return out
}

// leastESS returns the effective draws that a chain needs: as many as half of the samples kept of it, but never more than
// 100, and enough to have forgotten its start where it gives one sample.
func (r *Result) leastESS() float64 {
	kept := 1.0
	if len(r.Chain) > 0 {
		kept = float64(len(byChain(r.Chain, r.Chain)[0]))
	}
	return min(essPerChain, max(forgotten, leastPerKept*kept))
}

// shortLimit returns the value that R-hat of chains which have mixed exceeds with about the probability p. With C chains of n
// rounds and an autocorrelation time tau within them, a half chain is worth h = n/(2 tau) draws, and
//
//	R-hat^2 = 1 + F/(h - 1),   F ~ F(2C - 1, 2C (h - 1)),
//
// both of the draws and of their distances from the median. Where chains change between modes, neighbours say little of how long
// modes last, and tau is at least what the effective size e of each chain by itself says; the sum of e has a relative error of about
// (8/e)^1/2 (Sokal 1997), and is taken one error too small. Simulated with autoregressive chains, 2 to 32 of 8 to 400 rounds and
// memories up to .9 a round, at most 3 in 1,000 exceed it for p = .001, unless .1 of the start is left at the end of the chain.
func shortLimit(chains [][]float64, p float64) float64 {
	c, n := float64(len(chains)), float64(len(chains[0]))
	rho := min(max(memory(chains), 0), .999)
	e := effectiveWithin(chains)
	h := max(2, min(n/2*(1-rho)/(1+rho), e/(1+math.Sqrt(8/e))/(2*c)))
	f := distuv.F{D1: 2*c - 1, D2: 2 * c * (h - 1)}.Quantile(1 - p/2)
	return math.Sqrt(1 + f/(h-1))
}

// effectiveWithin returns the effective draws of all chains, each about its own mean: the smaller of that of the draws and of that of
// their distances from the median. Chains that stay where they are count as many as they are long.
func effectiveWithin(chains [][]float64) float64 {
	all := slices.Sorted(slices.Values(slices.Concat(chains...)))
	median := stat.Quantile(.5, stat.LinInterp, all, nil)
	var draws, distances float64
	for _, c := range chains {
		away := make([]float64, len(c))
		for t, x := range c {
			away[t] = math.Abs(x - median)
		}
		for sum, v := range map[*float64][]float64{&draws: c, &distances: away} {
			e := eval.BulkESS([][]float64{v})
			if math.IsNaN(e) {
				e = float64(len(v))
			}
			*sum += e
		}
	}
	return min(draws, distances)
}

// rememberedESS returns n (1 - rho)/(1 + rho), the draws that a chain of n rounds is worth by the memory rho within it, the
// smallest that the chains bear out. Chains that all drift have no other sign of it: each half counts as a draw elsewhere.
func rememberedESS(chains [][]float64) float64 {
	n, rho := float64(len(chains[0])), memory(chains)
	slow := math.Pow(.05, 1/n) // a memory that n rounds just forget
	rho -= memoryErrors * math.Sqrt(max(1-rho*rho, 1-slow*slow)/n/float64(len(chains))) / (1 - 3/n)
	rho = min(max(rho, 0), 1)
	return n * (1 - rho) / (1 + rho)
}

// memory returns the autocorrelation of neighbours within chains, each about its own mean, corrected for the bias of
// short ones, -(1 + 3 rho)/n (Marriott and Pope 1954). It is NaN for constant chains.
func memory(chains [][]float64) float64 {
	var cov, variance float64
	n := float64(len(chains[0]))
	for _, c := range chains {
		mean := stat.Mean(c, nil)
		for t, x := range c {
			variance += (x - mean) * (x - mean)
			if t > 0 {
				cov += (x - mean) * (c[t-1] - mean)
			}
		}
	}
	return (cov/variance + 1/n) / (1 - 3/n)
}
