package dpnp

import (
	"fmt"
	"math"
	"slices"

	"tweedie/eval"
	"tweedie/infer"
)

// result returns as many samples as the run asks for of the draws that were kept, resampled by the weights L(x)/L(z) where
// their tail allows it, or the coldest replicas as they are when too few were kept.
func (x *exchange) result() *infer.Result {
	res := &infer.Result{Tracks: x.tracks()}
	x.prox = nil // what it reports of itself is of draws that this mode did not make
	samples := x.engine.run.Samples
	if len(x.logw) < samples {
		cold := x.x
		if len(x.rungs) > 0 {
			cold = x.x[(len(x.rungs)-1)*x.ladders*x.d:]
		} else if k := len(x.first.x); k > 0 {
			cold = x.first.x[k-1]
		}
		if len(cold) == 0 {
			cold = x.pool
		}
		for i := range samples {
			lo := i * x.d % len(cold)
			res.Samples = append(res.Samples, slices.Clone(cold[lo:lo+x.d]))
		}
		return res
	}
	smoothed, k := eval.PSIS(x.logw)
	x.corrected = k <= eval.KHatLimit
	// Draws of one ladder after the other, so that those taken of each lie far apart.
	order, inOrder := make([]int, len(smoothed)), make([]float64, len(smoothed))
	each := len(order) / x.ladders
	for i := range order {
		order[i] = i%each*x.ladders + i/each
		inOrder[i] = smoothed[order[i]]
	}
	from := make([]int, samples)
	if some := x.permitted(order); !x.corrected {
		for i := range from {
			from[i] = some[i*len(some)/samples]
		}
	} else {
		from = systematic(inOrder, samples, x.key.Split("dpnp.exchange.resample", 0).Stream().Float64())
		res.Weighted = &infer.WeightedDraws{Samples: infer.Split(x.kept, x.d)}
		for _, l := range smoothed {
			res.Weighted.Weights = append(res.Weighted.Weights, math.Exp(l))
		}
	}
	different := map[int]bool{}
	for _, at := range from {
		i := order[at]
		res.Samples, res.Chain = append(res.Samples, slices.Clone(x.kept[i*x.d:(i+1)*x.d])), append(res.Chain, i%x.ladders)
		different[i] = true
	}
	if len(different) < samples {
		res.Distinct = len(different)
	}
	x.judge(res, k)
	res.Evidence = x.evidence()
	return res
}

// permitted returns the places in order of the draws that the noise allows, all of them where it allows none.
func (x *exchange) permitted(order []int) []int {
	all := make([]int, len(order))
	for at := range all {
		all[at] = at
	}
	if some := slices.DeleteFunc(slices.Clone(all), func(at int) bool { return x.logw[order[at]] < -worstEnergy/2 }); len(some) > 0 {
		return some
	}
	return all
}

// tracks returns what was followed, by number and ladder.
func (x *exchange) tracks() []infer.Track {
	names := x.trackNames()
	var out []infer.Track
	for k, name := range names {
		t := infer.Track{Name: name, Chains: make([][]float64, x.ladders)}
		for i := k; i < len(x.followed); i += len(names) {
			l := i / len(names) % x.ladders
			t.Chains[l] = append(t.Chains[l], x.followed[i])
		}
		out = append(out, t)
	}
	if len(x.followed) == 0 {
		return nil
	}
	return out
}

// Limits of a ladder.
const (
	leastSwapRate   = .1
	leastTrips      = 5  // of each ladder
	leastAcceptance = .2 // of Langevin proposals
	mostHotMemory   = .9 // of the hottest replica over a sweep
)

// judge adds the checks of a finished run; k is the shape of the tail of the weights.
func (x *exchange) judge(res *infer.Result, k float64) {
	hot, cold := x.rungs[0], x.rungs[len(x.rungs)-1]
	trips, least := 0, math.MaxInt
	for _, n := range x.count.Trips {
		trips, least = trips+n, min(least, n)
	}
	res.Notes = append(res.Notes, fmt.Sprintf("%d ladders of %d replicas from eta %.4g, where the likelihood has the power %.3g, to %.4g; it has its full weight from eta %.4g on; %d sweeps after %d of burn-in",
		x.ladders, len(x.rungs), hot.Eta, hot.Temper, cold.Eta, x.whole(), x.method.Exchange.Sweeps, x.method.Exchange.BurnIn))
	if len(x.rungs) > 1 {
		rates := x.rates()
		rate, _ := infer.MeanAndError(rates)
		res.Diagnose("mean rate of exchange", rate, 0, fmt.Sprintf("of neighbours, from %.2f to %.2f; %d trips from the hot end to the cold one and back", slices.Min(rates), slices.Max(rates), trips))
		res.Judge(infer.Verdict{Name: "least rate of exchange", Value: slices.Min(rates), Limits: infer.AtLeast(leastSwapRate), Causes: []string{"too few replicas; exchange.replicas", "a burn-in too short to lay the ladder; exchange.burn_in"}},
			"neighbouring replicas exchange their images", "neighbouring replicas hardly exchange their images")
		res.Judge(infer.Verdict{Name: "round trips of the ladder with the fewest", Value: float64(least), Limits: infer.AtLeast(leastTrips), Causes: []string{"too few sweeps; exchange.sweeps", "a place on the ladder that images do not pass"}},
			"images go from the hot end to the cold one and back on every ladder", "few images have gone from the hot end to the cold one and back, so that the weights of modes are known from few visits")
	}
	if hot.Temper > 0 {
		s := x.spread.largest
		res.Judge(infer.Verdict{Name: "memory of the hottest replica over a sweep, largest direction", Value: s * s / (s*s + hot.Eta*hot.Eta), Limits: infer.AtMost(mostHotMemory), Causes: []string{"a ladder cut short because the whole one would take too many replicas"}},
			"the hottest replicas forget their images", "the hottest replicas hardly forget their images")
	}
	x.judgeLangevin(res)
	x.test.judge(res)
	if !x.corrected {
		res.Judge(infer.Verdict{Name: "Pareto k of the weights L(x)/L(z)", Value: k, Limits: infer.AtMost(eval.KHatLimit), Causes: []string{fmt.Sprintf("eta_min is %.4g, too large for these data", cold.Eta), "too few draws"}},
			"the weights correct what the coupling leaves", fmt.Sprintf("the samples are those of the coldest replicas as they are, with noise of deviation %.3g between image and data, because the weights that would correct it have too heavy a tail", cold.Eta))
	}
}

// judgeLangevin judges the draws given the data by the rung where the fewest proposals are accepted.
func (x *exchange) judgeLangevin(res *infer.Result) {
	rate, worth, at := math.Inf(1), math.Inf(1), 0.0
	for k, r := range x.count.Langevin {
		if r.Proposed == 0 || x.method.Proximal.MALA.Unadjusted {
			continue
		}
		if a := r.Acceptance(); a < rate {
			rate, at = a, x.rungs[k].Eta
		}
		worth = min(worth, r.Effective())
	}
	if math.IsInf(rate, 1) {
		return
	}
	res.Judge(infer.Verdict{Name: "acceptance of Langevin proposals, least of all replicas", Value: rate, Limits: infer.AtLeast(leastAcceptance),
		Causes: []string{"a burn-in too short for the steps to adapt; exchange.burn_in", fmt.Sprintf("a likelihood that bends within eta %.4g", at)}},
		"the draws given the data move", "the draws given the data hardly move")
	if !math.IsNaN(worth) && !math.IsInf(worth, 1) {
		res.Diagnose("effective Langevin draws of a draw given the data", worth, 0, fmt.Sprintf("of %d steps, least of all replicas; what is left of the last draw is in the memory of the chains", x.method.Exchange.Langevin))
	}
}

// whole returns the largest eta of a rung at which the likelihood has the power 1.
func (x *exchange) whole() float64 {
	for _, r := range x.rungs {
		if r.Temper == 1 {
			return r.Eta
		}
	}
	return x.rungs[len(x.rungs)-1].Eta
}
