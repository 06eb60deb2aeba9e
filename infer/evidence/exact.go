package evidence

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// mostExact bounds pixels and data of an exact evidence, which takes matrices of their squares.
const mostExact = 4096

// Exact returns log p(y) in nats, and whether it is known: for a prior that is a Gaussian, a mixture of Gaussians or points in closed form,
// a linear operator, and Gaussian noise. With the component k of the prior, N(mu, C) with weight w, it is
//
//	log sum_k w_k N(y; A mu_k, A C_k A^T + S)
//
// at the cost of one Apply for each pixel and each datum, and a Cholesky factor, of every different C.
func Exact(p *infer.Problem) (nats float64, known bool, err error) {
	op, linear := p.Likelihood.Op.(inverse.Linear)
	noise, gaussian := p.Likelihood.Noise.(inverse.Gaussian)
	weights, parts := componentsOf(p)
	n, m := p.Shape.Size(), len(p.Likelihood.Y)
	if !linear || !gaussian || parts == nil || n > mostExact || m > mostExact {
		return 0, false, nil
	}
	logs, whole := make([]float64, len(parts)), mat.Cholesky{}
	var last *mat.SymDense
	x, r := make([]float64, n), make([]float64, m)
	for k, g := range parts {
		if cov := g.Cov(); last == nil || !mat.Equal(cov, last) {
			if !whole.Factorize(covarianceOfData(op, cov, p.Affine.Unit(), noise)) {
				return 0, false, config.Errorf("evidence", "noise", "the covariance of %d data is not positive definite to working precision", m)
			}
			last = cov
		}
		for i, v := range g.Mean() {
			x[i] = p.Affine.ToPhysical(v)
		}
		op.Apply(r, x)
		floats.SubTo(r, p.Likelihood.Y, r)
		var solved mat.VecDense
		_ = whole.SolveVecTo(&solved, mat.NewVecDense(m, r)) // a badly conditioned factor tells in the value
		logs[k] = math.Log(weights[k]) - (floats.Dot(r, solved.RawVector().Data)+whole.LogDet()+float64(m)*math.Log(2*math.Pi))/2
	}
	return floats.LogSumExp(logs) - unitsOf(p.Likelihood, x, r), true, nil
}

// componentsOf returns the weights and the Gaussians of a prior in closed form, or none.
func componentsOf(p *infer.Problem) ([]float64, []*exact.Gaussian) {
	var m *exact.Mixture
	switch g := p.Prior.(type) {
	case *exact.Gaussian:
		if g.Dim() == p.Shape.Size() {
			return []float64{1}, []*exact.Gaussian{g}
		}
		return nil, nil
	case *exact.Mixture:
		m = g
	case *exact.Empirical:
		m = g.Mixture()
	}
	if m == nil || m.Dim() != p.Shape.Size() {
		return nil, nil
	}
	return m.Weights(), m.Components()
}

// covarianceOfData returns A C A^T + S for the covariance C in units of which unit are one of x.
func covarianceOfData(op inverse.Linear, cov mat.Symmetric, unit float64, noise inverse.Gaussian) *mat.SymDense {
	s := inverse.CovarianceOfData(op, cov, unit)
	for i := range s.SymmetricDim() {
		s.SetSym(i, i, s.At(i, i)+noise.At(i)*noise.At(i))
	}
	return s
}

// unitsOf returns by how much log p(y) of a likelihood whose data were whitened is above that of the data as they were given.
func unitsOf(lik *inverse.Likelihood, x, clean []float64) float64 {
	lik.Op.Apply(clean, x)
	return lik.NegLogLik(x) - lik.Noise.NegLogLik(lik.Y, clean)
}
