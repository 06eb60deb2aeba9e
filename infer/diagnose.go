package infer

import (
	"errors"

	"tweedie/eval"
	"tweedie/internal/nonfinite"
	"tweedie/inverse"
	"tweedie/rng"
)

// rare is the probability with which a single check may fail on a run with nothing wrong.
const rare = 1e-3

// Examine judges whether the samples explain the measurement, whether prior and noise could have made it, whether chains
// have mixed, and whether the samples look like images of the prior, as far as the result says enough to tell. Each check
// is a Verdict, and each failure a warning. Methods call it last.
//
// coupling is the standard deviation that the method leaves between its samples and the data, 0 for none; causes list what
// else, in this method, may have kept the samples from explaining the data. The error says which number of the result is
// not finite.
func (r *Result) Examine(p *Problem, coupling float64, causes ...string) error {
	f := newFit(p, r.Samples)
	if err := errors.Join(
		nonfinite.Check(r.Method+": the mean", r.Mean, 0, len(r.Mean)),
		nonfinite.Check(r.Method+": the deviation", r.Std, 0, len(r.Std)),
		nonfinite.Check(r.Method+": chi² of the samples", []float64{f.chi}, 0, 1)); err != nil {
		return err
	}
	prior := r.knownPrior(p)
	r.judgeFit(p, f, coupling, causes)
	r.judgeFitSpread(p, f)
	r.judgeData(p, f)
	r.judgePredictive(p, prior)
	r.judgeReweighted(p, prior)
	r.judgeMixing()
	r.judgeModes()
	r.judgeWeights()
	r.judgeRange(p, prior)
	return nil
}

// fit holds how samples explain the data.
type fit struct {
	chi   float64   // per measurement, mean over samples
	each  []float64 // chi^2 of every sample, not divided by m
	clean []float64 // mean over samples of A x
}

func newFit(p *Problem, samples [][]float64) fit {
	lik, m := p.Likelihood, len(p.Likelihood.Y)
	f := fit{clean: make([]float64, m)}
	c, n := make([]float64, m), float64(len(samples))
	for _, x := range samples {
		lik.Op.Apply(c, x)
		chi := lik.Noise.ChiSquared(lik.Y, c)
		f.each = append(f.each, chi)
		f.chi += chi / float64(m) / n
		for i, v := range c {
			f.clean[i] += v / n
		}
	}
	return f
}

// effective returns how many independent numbers the values, one of each sample, are worth: all of them for a chain each,
// no more than there are distinct samples, and no more than autocorrelation leaves where chains give several.
func (r *Result) effective(values []float64) float64 {
	n := float64(len(values))
	if r.Distinct > 0 {
		n = min(n, float64(r.Distinct))
	}
	if len(r.Chain) != len(values) {
		return n
	}
	chains := byChain(r.Chain, values)
	if len(chains[0]) < 4 {
		return min(n, float64(len(chains)))
	}
	if e := eval.ESS(chains); e >= 1 {
		return min(n, e)
	}
	return min(n, float64(len(chains)))
}

// byChain returns the values of each chain, cut to the length of the shortest.
func byChain[T any](chain []int, values []T) [][]T {
	place := map[int]int{}
	var out [][]T
	for i, c := range chain {
		k, ok := place[c]
		if !ok {
			k = len(out)
			place[c], out = k, append(out, nil)
		}
		out[k] = append(out[k], values[i])
	}
	shortest := len(values)
	for _, v := range out {
		shortest = min(shortest, len(v))
	}
	for k := range out {
		out[k] = out[k][:shortest]
	}
	return out
}

// gaussianNoise returns the noise of a problem when it is Gaussian.
func gaussianNoise(p *Problem) (inverse.Gaussian, bool) {
	g, ok := p.Likelihood.Noise.(inverse.Gaussian)
	return g, ok
}

// stream returns the random numbers of one check.
func (r *Result) stream(check string) *rng.Stream {
	return rng.New(r.Seed).Split("infer.check."+check, 0).Stream()
}
