package infer

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/eval"
	"tweedie/rng"
)

// Limits of what weighted draws may be judged by.
const (
	leastWeighted   = 5    // draws that weighted ones must be worth
	leastReweighted = 50   // draws that reweighted ones of the prior must be worth to judge samples
	mostReweighted  = 4000 // draws of a prior in closed form of up to fewReweighted pixels
	fewReweighted   = 256
	mostDirections  = 16 // in which means are compared
)

// judgeWeights judges the weights of a method that weighs its draws.
func (r *Result) judgeWeights() {
	if r.Weighted == nil || len(r.Weighted.Weights) < 2 {
		return
	}
	w := r.Weighted.Weights
	causes := []string{"too few draws for the step from one law to the next"}
	r.Judge(Verdict{Name: "weighted draws, in equal ones", Value: floats.Sum(w) * floats.Sum(w) / floats.Dot(w, w), Limits: AtLeast(leastWeighted), Causes: causes},
		"the weight is spread over many draws", "a few draws have all the weight")
	logs := make([]float64, len(w))
	for i, x := range w {
		logs[i] = math.Log(x)
	}
	if _, k := eval.PSIS(logs); !math.IsInf(k, 1) {
		r.Judge(Verdict{Name: "Pareto k of the weights", Value: k, Limits: AtMost(tailLimit(len(w))), Causes: causes},
			"the weights have a tail that their number can average", "the weights have a tail too heavy for their number")
	}
}

// tailLimit returns the largest Pareto k that n weights may be found to have: eval.KHatLimit, or for few weights what those of
// k = 1/2, the most with a variance, exceed with the probability rare. Of the M = min(n/5, 3 sqrt n) largest weights k is found
// with the error (1+k)/sqrt M, which is drawn towards 1/2 by ten observations (eval.ParetoFit).
func tailLimit(n int) float64 {
	tail := math.Ceil(min(float64(n)/5, 3*math.Sqrt(float64(n))))
	const k = .5
	return max(eval.KHatLimit, k+distuv.UnitNormal.Quantile(1-rare)*(1+k)/math.Sqrt(tail)*tail/(tail+10))
}

// judgeReweighted compares the mean of the samples with that of draws of the prior, weighted by the likelihood, where these
// are worth enough: in few dimensions they know the weights of all modes, as no chain does.
func (r *Result) judgeReweighted(p *Problem, prior knownPrior) {
	if r.Spread != PosteriorSpread {
		return
	}
	draws := prior.draws
	w, worth := likelihoodWeights(p, draws)
	if few := prior.closed != nil && prior.closed.Dim() <= fewReweighted; few && worth*mostReweighted > leastReweighted*float64(len(draws)) {
		draws = r.drawClosed(p, prior.closed, mostReweighted)
		w, worth = likelihoodWeights(p, draws)
	}
	if worth < leastReweighted {
		return
	}
	v := Verdict{Name: "mean of the samples, in errors off that of reweighted draws of the prior",
		Causes: []string{"a mode that the samples miss or do not give its weight", "a prior that is not what the method samples"}}
	d := directions(p.Shape.Size(), r.stream("directions"))
	for _, u := range d {
		v.Value = max(v.Value, r.apart(u, draws, w))
	}
	v.Limits = AtMost(-distuv.UnitNormal.Quantile(rare / 2 / float64(len(d))))
	r.Judge(v, fmt.Sprintf("%.0f draws of the prior, as the likelihood weighs them, have the same mean", worth), "the samples do not have the mean of the posterior")
}

// likelihoodWeights returns the weights of draws of the prior that make them draws of the posterior, and how many equal
// ones they are worth: 0 where their tail is too heavy.
func likelihoodWeights(p *Problem, draws [][]float64) (w []float64, worth float64) {
	if len(draws) == 0 {
		return nil, 0
	}
	logs := make([]float64, len(draws))
	for i, x := range draws {
		logs[i] = -p.Likelihood.NegLogLik(x)
	}
	w, k := eval.PSIS(logs)
	if !(k <= eval.KHatLimit) {
		return nil, 0
	}
	for i, l := range w {
		w[i] = math.Exp(l)
	}
	return w, 1 / floats.Dot(w, w)
}

// apart returns by how many standard errors the means of u^T x differ between the samples and the weighted draws.
func (r *Result) apart(u []float64, draws [][]float64, w []float64) float64 {
	of := func(x [][]float64) []float64 {
		v := make([]float64, len(x))
		for i := range x {
			v[i] = floats.Dot(u, x[i])
		}
		return v
	}
	ours, theirs := of(r.Samples), of(draws)
	mean := stat.Mean(theirs, w)
	var variance, square float64 // of the law, and of the weighted mean
	for i, x := range theirs {
		variance += w[i] * (x - mean) * (x - mean)
		square += w[i] * w[i] * (x - mean) * (x - mean)
	}
	return math.Abs(stat.Mean(ours, nil)-mean) / math.Sqrt(variance/r.effective(ours)+square)
}

// directions returns the axes of a space of few dimensions, and random signs in another.
func directions(n int, st *rng.Stream) [][]float64 {
	d := make([][]float64, min(n, mostDirections))
	for i := range d {
		d[i] = make([]float64, n)
		if n <= mostDirections {
			d[i][i] = 1
			continue
		}
		st.FillRademacher(d[i])
	}
	return d
}
