package inversetest

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"tweedie/inverse"
)

// dense is a linear Gaussian likelihood written out: A [m,n], the deviations of S, and B = S^-1/2 A with its singular
// values.
type dense struct {
	a, b  *mat.Dense
	sigma []float64
	y     []float64
	u     mat.Dense // of B B^T
	gains []float64 // m of them, where columns of u belong to them
}

func newDense(lik *inverse.Likelihood) (*dense, error) {
	op, linear := lik.Op.(inverse.Linear)
	noise, gaussian := lik.Noise.(inverse.Gaussian)
	if !linear || !gaussian {
		return nil, fmt.Errorf("%s with %s noise is not linear and Gaussian", lik.Op.Name(), lik.Noise.Kind())
	}
	d := &dense{y: lik.Y}
	var err error
	if d.a, err = inverse.Matrix(op); err != nil {
		return nil, err
	}
	m, n := d.a.Dims()
	for i := range m {
		d.sigma = append(d.sigma, noise.At(i))
	}
	d.b = mat.NewDense(m, n, nil)
	d.b.Apply(func(i, _ int, v float64) float64 { return v / d.sigma[i] }, d.a)
	var svd mat.SVD
	if !svd.Factorize(d.b, mat.SVDFullU) {
		return nil, fmt.Errorf("the singular value decomposition did not converge")
	}
	svd.UTo(&d.u)
	d.gains = slices.Grow(svd.Values(nil), m)
	for len(d.gains) < m {
		d.gains = append(d.gains, 0)
	}
	return d, nil
}

// grown returns U f(g) U^T, [m,m].
func (d *dense) grown(f func(g float64) float64) *mat.Dense {
	var out mat.Dense
	var scaled mat.Dense
	scaled.Apply(func(_, j int, v float64) float64 { return v * f(d.gains[j]) }, &d.u)
	out.Mul(&scaled, d.u.T())
	return &out
}

// widening returns the factor of S_E at a singular value.
func widening(eta float64, deflated bool) func(g float64) float64 {
	return func(g float64) float64 {
		if t := eta * g; deflated {
			return max(1, t*t)
		} else {
			return 1 + t*t
		}
	}
}

// logLik returns log N(y; A x, S_E) by the Cholesky factor of S_E.
func (d *dense) logLik(x []float64, eta float64, deflated bool) (float64, error) {
	m := len(d.y)
	grown := d.grown(widening(eta, deflated))
	s := mat.NewSymDense(m, nil)
	for i := range m {
		for j := range i + 1 {
			s.SetSym(i, j, grown.At(i, j)*d.sigma[i]*d.sigma[j])
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(s) {
		return 0, fmt.Errorf("S_E is not positive definite at eta = %v", eta)
	}
	r := mat.NewVecDense(m, nil)
	r.MulVec(d.a, mat.NewVecDense(len(x), x))
	r.SubVec(mat.NewVecDense(m, d.y), r)
	solved := mat.NewVecDense(m, nil)
	if err := chol.SolveVecTo(solved, r); err != nil {
		return 0, err
	}
	return -(mat.Dot(r, solved) + chol.LogDet() + float64(m)*math.Log(2*math.Pi)) / 2, nil
}

// draw returns the mean and the covariance of z in the form that needs no inverse of S':
//
//	x + eta^2 B^T M^-1 (S^-1/2 y - B x),   eta^2 I - eta^4 B^T M^-1 B,   M = eta^2 B B^T + S^-1/2 S' S^-1/2.
func (d *dense) draw(x []float64, eta float64, deflated bool) (mean []float64, cov *mat.Dense) {
	m, n := d.b.Dims()
	grown := widening(eta, deflated)
	inv := d.grown(func(g float64) float64 { return 1 / grown(g) })
	var gain mat.Dense // eta^2 B^T M^-1
	gain.Mul(d.b.T(), inv)
	gain.Scale(eta*eta, &gain)
	r := mat.NewVecDense(m, nil)
	r.MulVec(d.b, mat.NewVecDense(n, x))
	for i := range m {
		r.SetVec(i, d.y[i]/d.sigma[i]-r.AtVec(i))
	}
	z := mat.NewVecDense(n, nil)
	z.MulVec(&gain, r)
	z.AddVec(z, mat.NewVecDense(n, x))
	cov = new(mat.Dense)
	cov.Mul(&gain, d.b)
	cov.Apply(func(i, j int, v float64) float64 {
		if i == j {
			return eta * eta * (1 - v)
		}
		return -eta * eta * v
	}, cov)
	return z.RawVector().Data, cov
}
