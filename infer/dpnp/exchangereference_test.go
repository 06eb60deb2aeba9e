package dpnp

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion/exact"
	"tweedie/rng"
)

// reference returns the weights of the modes and log p(y) with their errors. For each component of the prior, 2n draws of it
// are weighed by the likelihood; then n draws of the Gaussian of their moments, with twice the covariance, and n of
// the component are weighed by the posterior over the mixture of both.
func (p nonlinear) reference(n int, seed uint64) (weights, errors []float64, evidence, err float64) {
	comps, prior := p.prior.Components(), p.prior.Weights()
	d := p.Shape.Size()
	z, v := make([]float64, len(comps)), make([]float64, len(comps))
	x := make([]float64, d)
	total := 0.0
	for k, g := range comps {
		st := rng.New(seed).Split("component", k).Stream()
		sum, mean, second := 0.0, make([]float64, d), mat.NewSymDense(d, nil)
		for range 2 * n {
			g.Sample(x, st)
			l := math.Exp(-p.Likelihood.NegLogLik(x))
			sum += l
			for i := range x {
				mean[i] += l * x[i]
			}
			second.SymRankOne(second, l, mat.NewVecDense(d, x))
		}
		if sum == 0 {
			continue
		}
		for i := range mean {
			mean[i] /= sum
		}
		second.ScaleSym(2/sum, second)
		second.SymRankOne(second, -2, mat.NewVecDense(d, mean))
		for i := range d {
			second.SetSym(i, i, second.At(i, i)+1e-9)
		}
		wide, e := exact.NewGaussian(mean, second)
		if e != nil {
			panic(e)
		}
		var squares float64
		sum = 0
		for i := range 2 * n {
			if i%2 == 0 {
				g.Sample(x, st)
			} else {
				wide.Sample(x, st)
			}
			a, b := g.LogDensity(x, 0), wide.LogDensity(x, 0)
			l := math.Exp(a-p.Likelihood.NegLogLik(x)) / (math.Exp(a)/2 + math.Exp(b)/2)
			sum, squares = sum+l, squares+l*l
		}
		m := sum / float64(2*n)
		z[k], v[k] = prior[k]*m, prior[k]*prior[k]*(squares/float64(2*n)-m*m)/float64(2*n)
		total += z[k]
	}
	variance := 0.0
	for k := range z {
		weights, errors = append(weights, z[k]/total), append(errors, math.Sqrt(v[k])/total)
		variance += v[k]
	}
	return weights, errors, math.Log(total), math.Sqrt(variance) / total
}
