package difftest

import (
	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion/exact"
	"tweedie/rng"
)

// Priors returns one of each closed form in five dimensions, by name, and the variants that take other paths in the
// code: doubles of a network for the test of a sampler, a loss or a density. Each call returns the same priors.
func Priors() map[string]exact.Distribution {
	k := rng.New(11)
	vector := func(label string, i int) []float64 {
		v := make([]float64, 5)
		k.Split(label, i).Stream().FillNorm(v)
		return v
	}
	full := must(exact.NewGaussian(vector("mean", 0), Covariance(k.Split("cov", 0), 5)))
	diag := must(exact.NewDiagonalGaussian(vector("mean", 1), []float64{.1, .5, 1, 2, .3}))
	other := must(exact.NewGaussian(vector("mean", 2), Covariance(k.Split("cov", 2), 5)))
	var points [][]float64
	for i := range 20 {
		points = append(points, vector("point", i))
	}
	weights := make([]float64, len(points))
	rng.New(5).Stream().FillUniform(weights)
	blurred := must(exact.NewEmpirical(points, weights, .2))
	return map[string]exact.Distribution{
		"gaussian":        full,
		"diagonal":        diag,
		"mixture":         must(exact.NewMixture([]float64{1, 2, 3}, full, diag, other)),
		"single mixture":  must(exact.NewMixture(nil, full)),
		"empirical":       must(exact.NewEmpirical(points, nil, 0)),
		"blurred":         blurred,
		"blurred mixture": blurred.Mixture(),
	}
}

// Covariance returns the random positive definite matrix A A^T/d + 0.05 I, [d,d], with normal A drawn from key.
func Covariance(key rng.Key, d int) *mat.SymDense {
	a := make([]float64, d*d)
	key.Stream().FillNorm(a)
	m := mat.NewDense(d, d, a)
	var p mat.Dense
	p.Mul(m, m.T())
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			s.SetSym(i, j, p.At(i, j)/float64(d))
		}
		s.SetSym(i, i, s.At(i, i)+.05)
	}
	return s
}

// must returns v, and panics on an error: the numbers here are constants.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
