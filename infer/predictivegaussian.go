package infer

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/inverse"
)

// gaussianPredictive is what a measurement y = A x + n says of a Gaussian prior N(mu, C) and the noise N(0, S). With
// M = A C A^T + S and r = y - A mu, chi = r^T M^-1 r is chi^2 with m degrees of freedom over problems. noise is
// r^T M^-1 S M^-1 r over its mean, the sum of w for the eigenvalues w of M^-1 S; it has the law of sum w z^2.
type gaussianPredictive struct {
	chi, noise float64
	limits     Limits // of noise
}

// newGaussianPredictive takes linear operators, and up to mostClosed pixels and data.
func newGaussianPredictive(p *Problem, prior knownPrior) (g gaussianPredictive, ok bool) {
	op, linear := p.Likelihood.Op.(inverse.Linear)
	noise, normal := gaussianNoise(p)
	n, m := p.Shape.Size(), len(p.Likelihood.Y)
	if prior.gaussian == nil || !linear || !normal || n > mostClosed || m > mostClosed {
		return g, false
	}
	r, x := make([]float64, m), prior.gaussian.Mean()
	for i, v := range x {
		x[i] = p.Affine.ToPhysical(v)
	}
	op.Apply(r, x)
	for i, y := range p.Likelihood.Y {
		r[i] = (y - r[i]) / noise.At(i)
	}
	whole := whitenedCovariance(op, prior.gaussian.Cov(), p.Affine.Unit(), noise)
	var chol mat.Cholesky
	var w mat.SymDense // S^1/2 M^-1 S^1/2
	if !chol.Factorize(whole) || chol.InverseTo(&w) != nil {
		return g, false
	}
	var u mat.VecDense
	u.MulVec(&w, mat.NewVecDense(m, r))
	var square mat.Dense
	square.Mul(&w, &w)
	var sums [3]float64 // of the powers of w
	for i := range m {
		sums[0] += w.At(i, i)
		sums[1] += square.At(i, i)
		for j := range m {
			sums[2] += square.At(i, j) * w.At(i, j)
		}
	}
	g.chi, g.noise = floats.Dot(r, u.RawVector().Data), mat.Dot(&u, &u)/sums[0]
	g.limits = weightedLimits(sums)
	return g, !math.IsNaN(g.chi + g.noise)
}

// whitenedCovariance returns S^-1/2 A C A^T S^-1/2 + I for the covariance C in units of which unit are one of x.
func whitenedCovariance(op inverse.Linear, cov mat.Symmetric, unit float64, noise inverse.Gaussian) *mat.SymDense {
	s := inverse.CovarianceOfData(op, cov, unit)
	for i := range s.SymmetricDim() {
		for j := i; j < s.SymmetricDim(); j++ {
			s.SetSym(i, j, s.At(i, j)/noise.At(i)/noise.At(j))
		}
		s.SetSym(i, i, s.At(i, i)+1)
	}
	return s
}

// weightedLimits returns what sum w z^2 / sum w may be, with the sums of w, w^2 and w^3: above, by the gamma law with its
// first three cumulants, which has no lower tail where weights are unequal; below, by chi^2_nu/nu with its first two.
func weightedLimits(sums [3]float64) Limits {
	sd, skew := math.Sqrt(2*sums[1]), 8*sums[2]/math.Pow(2*sums[1], 1.5)
	shape := 4 / (skew * skew)
	high := sums[0] + sd*(distuv.Gamma{Alpha: shape, Beta: 1}.Quantile(1-rare/2)-shape)/math.Sqrt(shape)
	nu := sums[0] * sums[0] / sums[1]
	return Between(distuv.ChiSquared{K: nu}.Quantile(rare/2)/nu, high/sums[0])
}
