package infer

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/eval"
)

// Results that are no draws of the posterior, such as optimisations for a mode, fit the noise to some degree, and regularise
// to another. Chi^2 per measurement of such must lie within these bounds or be one that a draw may have.
const (
	mostChi2    = 3
	closestChi2 = 5e-3
)

// judgeFit judges chi^2 per measurement, its mean over the samples. For draws of the posterior it varies less over problems than
// chi^2 of the truth, so that the limits of the latter are safe.
func (r *Result) judgeFit(p *Problem, f fit, coupling float64, causes []string) {
	v := Verdict{Name: "chi² per measurement", Value: f.chi, Limits: r.fitLimits(p)}
	_, v.StdErr = MeanAndError(f.each)
	v.StdErr /= float64(len(p.Likelihood.Y))
	passed := "the samples explain the measurement as its noise allows"
	switch posterior := r.Spread == PosteriorSpread; {
	case v.High != nil && f.chi > *v.High:
		v.Causes = append(r.badFit(p, f, coupling), causes...)
		r.Judge(v, passed, "the samples do not explain the measurement")
	case posterior:
		v.Causes = []string{"sigma is too large" + excess(f.chi, "by a factor of about %.2g or more")}
		r.Judge(v, passed, "the samples explain the measurement better than its noise allows")
	default:
		v.Causes = []string{"sigma is too large" + excess(f.chi, "by a factor of up to %.2g"), "the prior counts for too little, as with a small lambda"}
		r.Judge(v, "the fit to the measurement is as close as such a method leaves it", "the samples fit the measurement far closer than its noise")
	}
}

// excess says in the words of format how many times sigma is too large, and nothing when chi^2 is 0.
func excess(chi float64, format string) string {
	if chi == 0 {
		return ""
	}
	return fmt.Sprintf(", "+format, 1/math.Sqrt(chi))
}

// fitLimits returns the limits of chi^2 per measurement.
func (r *Result) fitLimits(p *Problem) Limits {
	lo, hi := r.truthLimits(p)
	if r.Spread != PosteriorSpread {
		lo, hi = min(closestChi2, lo), max(mostChi2, hi)
	}
	return Between(lo, hi)
}

// simulated counts the measurements by which the law of chi^2 is found for a noise that is not Gaussian.
const simulated = 512

// truthLimits returns limits that chi^2 per measurement of the truth leaves with the probability rare: those of chi^2 with m degrees of
// freedom for Gaussian noise, and for another noise those of the gamma law with the moments of measurements drawn from
// it at the samples.
func (r *Result) truthLimits(p *Problem) (lo, hi float64) {
	m := len(p.Likelihood.Y)
	if _, ok := gaussianNoise(p); ok {
		return eval.ChiSquaredLimits(m, rare)
	}
	st, clean, y := r.stream("noise"), make([]float64, m), make([]float64, m)
	chi := make([]float64, simulated)
	for i := range chi {
		if i == 0 || len(r.Samples) > 1 {
			p.Likelihood.Op.Apply(clean, r.Samples[i%len(r.Samples)])
		}
		p.Likelihood.Noise.Sample(y, clean, st)
		chi[i] = p.Likelihood.Noise.ChiSquared(y, clean) / float64(m)
	}
	mean, variance := stat.MeanVariance(chi, nil)
	if !(variance > 0) || math.IsInf(variance, 1) {
		return 0, math.Inf(1)
	}
	law := distuv.Gamma{Alpha: mean * mean / variance, Beta: mean / variance}
	return law.Quantile(rare / 2), law.Quantile(1 - rare/2)
}

// stuck says that chi^2 differs between samples by more than between draws of a posterior.
const stuck = "some samples are stuck in a mode that the data contradict, or have not forgotten where they started"

// judgeFitSpread judges the variance of chi^2 between samples of the posterior, which chains in modes of different fit
// raise.
func (r *Result) judgeFitSpread(p *Problem, f fit) {
	variance, limit := r.fitSpread(p, f)
	if math.IsInf(limit, 1) {
		return
	}
	r.Judge(Verdict{Name: "variance of chi² between samples, over 2m", Value: variance, Limits: AtMost(limit), Causes: []string{stuck}},
		"the samples explain the measurement equally well", "some samples explain the measurement far worse than others")
}

// fitSpread returns the variance of chi^2 between samples, over 2m, and its limit, infinite where there is none.
func (r *Result) fitSpread(p *Problem, f fit) (variance, limit float64) {
	ess := r.effective(f.each)
	if _, ok := gaussianNoise(p); !ok || r.Spread != PosteriorSpread || ess < 2 {
		return 0, math.Inf(1)
	}
	m := len(p.Likelihood.Y)
	return stat.Variance(f.each, nil) / float64(2*m), spreadLimit(m, ess)
}

// spreadLimit returns the largest variance, over 2m, that chi^2 has between ess independent draws of a posterior. In a
// direction with the signal-to-noise ratio t, v = t/(1+t), the variance is 2v^2 + 4v(1-v)z^2 with the standard normal z
// of the problem. Its sum over m directions is largest where all v are c/(2c-1), with c the limit of sum z^2 / m, and
// is then 2m c^2/(2c-1). The variance of draws is about that times chi^2_nu/nu, with the nu that the excess kurtosis 12/m
// of chi^2_m leaves.
func spreadLimit(m int, ess float64) float64 {
	_, c := eval.ChiSquaredLimits(m, rare)
	nu := 1 / (1/(ess-1) + 6/(float64(m)*ess))
	return c * c / (2*c - 1) * distuv.ChiSquared{K: nu}.Quantile(1-rare/2) / nu
}
