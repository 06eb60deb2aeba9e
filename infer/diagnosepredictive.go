package infer

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/eval"
	"tweedie/inverse"
)

// judgePredictive judges whether prior and noise could have made the measurement. It needs no samples. Unlike chi^2 of the
// samples, it sees a wrong sigma where the prior is broader than the noise, and data that the prior can bend to but
// would not make: of other units, in another order. Where nothing is known about the prior it says nothing.
func (r *Result) judgePredictive(p *Problem, prior knownPrior) {
	m := float64(len(p.Likelihood.Y))
	if chi, ok := gaussianPredictive(p, prior); ok {
		lo, hi := eval.ChiSquaredLimits(len(p.Likelihood.Y), rare)
		r.sayPredictive(p, chi/m, Between(lo, hi))
		return
	}
	if len(prior.draws) >= leastDraws {
		t, limits := predictiveOfDraws(p, prior.draws, r.stream("predictive"))
		r.sayPredictive(p, t, limits)
		return
	}
	r.judgeSize(p)
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

// gaussianPredictive returns (y - A mu)^T (A C A^T + S)^-1 (y - A mu) for a Gaussian prior N(mu, C) of up to mostClosed
// pixels, a linear operator, and the Gaussian noise S. It is chi^2 with m degrees of freedom over problems.
func gaussianPredictive(p *Problem, prior knownPrior) (chi float64, ok bool) {
	op, linear := p.Likelihood.Op.(inverse.Linear)
	noise, normal := gaussianNoise(p)
	n, m := p.Shape.Size(), len(p.Likelihood.Y)
	if prior.gaussian == nil || !linear || !normal || n > mostClosed || m > mostClosed {
		return 0, false
	}
	scale := p.Affine.Unit() * p.Affine.Unit()
	r, x := make([]float64, m), prior.gaussian.Mean()
	for i, v := range x {
		x[i] = p.Affine.ToPhysical(v)
	}
	op.Apply(r, x)
	for i, y := range p.Likelihood.Y {
		r[i] = y - r[i]
	}
	cov := prior.gaussian.Cov()
	half := mat.NewDense(n, m, nil) // C A^T
	for i := range n {
		for j := range x {
			x[j] = scale * cov.At(i, j)
		}
		op.Apply(half.RawRowView(i), x)
	}
	s, c := mat.NewSymDense(m, nil), make([]float64, m)
	for i := range m {
		mat.Col(x, i, half)
		op.Apply(c, x)
		for j := i; j < m; j++ {
			s.SetSym(i, j, c[j])
		}
		s.SetSym(i, i, c[i]+noise.At(i)*noise.At(i))
	}
	chi, err := eval.PredictiveChiSquared(r, s)
	return chi, err == nil && !math.IsNaN(chi)
}
