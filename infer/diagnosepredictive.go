package infer

import "tweedie/eval"

// judgePredictive judges whether prior and noise could have made the measurement. It needs no samples. Unlike chi^2 of the
// samples, it sees data that the prior can bend to but would not make: of other units, in another order. With
// covariances M = A C A^T + S, the first number is r^T M^-1 r; the second, r^T M^-1 S M^-1 r, is the score of sigma, which
// weighs directions by the share of noise in them and is sharper for a wrong sigma. Where nothing is known about the
// prior it says nothing.
func (r *Result) judgePredictive(p *Problem, prior knownPrior) {
	if g, ok := newGaussianPredictive(p, prior); ok {
		m := len(p.Likelihood.Y)
		lo, hi := eval.ChiSquaredLimits(m, rare)
		r.sayPredictive(p, g.chi/float64(m), Between(lo, hi))
		r.sayNoise(g.noise, g.limits)
		return
	}
	if len(prior.draws) < leastDraws {
		r.judgeSize(p)
		return
	}
	s := simulate(p, prior.draws, r.stream("predictive"))
	t, ref := s.score(s.scale(shrunk), distance)
	r.sayPredictive(p, t, limitsOf(ref))
	t, ref = s.score(s.sigma, misfit)
	r.sayNoise(t, limitsOf(ref))
}

func (r *Result) sayPredictive(p *Problem, t float64, l Limits) {
	v := Verdict{Name: "prior-predictive chi² per measurement", Value: t, Limits: l}
	failed := "the measurement lies farther from what prior and noise make than it can by chance"
	v.Causes = []string{"sigma is too small", "the order or orientation of the measurement", "the operator is not the one that made it", "the image is unlike those of the prior"}
	switch units := r.units(p); {
	case v.Low != nil && t < *v.Low:
		failed = "the measurement lies closer to what the prior makes than its noise allows"
		v.Causes = []string{"sigma is too large"}
	case units != "":
		v.Causes = append([]string{units}, v.Causes...)
	}
	r.Judge(v, "the measurement is one that prior and noise could have made", failed)
}

func (r *Result) sayNoise(t float64, l Limits) {
	v := Verdict{Name: "noise variance in the measurement, over sigma²", Value: t, Limits: l}
	failed := "the measurement is noisier than sigma says, as far as the prior tells"
	v.Causes = []string{"sigma is too small", "the order or orientation of the measurement", "the operator is not the one that made it"}
	if v.Low != nil && t < *v.Low {
		failed = "the measurement is less noisy than sigma says, as far as the prior tells"
		v.Causes = []string{"sigma is too large", "data that were smoothed"}
	}
	r.Judge(v, "the measurement is as noisy as sigma says, as far as the prior tells", failed)
}
