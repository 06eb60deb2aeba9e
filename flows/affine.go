package flows

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/layers"
)

// Affine shifts and scales each value of a sample on its own:
//
//	Forward  z = (x - m) e^{-l}, log-determinant -sum l      Inverse  x = m + e^l z, log-determinant sum l
//
// Parameters: mean [D] = m, log_std [D] = l.
type Affine struct {
	name      string
	dim       int
	mean, log *autodiff.Param
	params    []*autodiff.Param
}

// NewAffine makes an Affine with parameters named by path p, which starts with one mean and one scale. The error says what in c is wrong.
func NewAffine(p layers.Path, c GaussianConfig) (*Affine, error) {
	if err := c.validate(p, "affine"); err != nil {
		return nil, err
	}
	if c.Std < config.Tiny {
		return nil, p.Errorf("affine", "std %g: want at least %g", c.Std, config.Tiny)
	}
	a := &Affine{name: p.Local(), dim: c.Dim}
	a.mean = p.Param("mean", autodiff.S(c.Dim), layers.Constant(c.Mean))
	a.log = p.Param("log_std", autodiff.S(c.Dim), layers.Constant(math.Log(c.Std)))
	a.params = []*autodiff.Param{a.mean, a.log}
	return a, nil
}

// Params returns mean and log_std.
func (a *Affine) Params() []*autodiff.Param { return a.params }

// Dim returns the number of values in a sample.
func (a *Affine) Dim() int { return a.dim }

// Forward returns z = (x - m) e^{-l} and log|det dz/dx|.
func (a *Affine) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	c := s.Enter(a.name)
	rows(c, "affine", x, a.dim)
	l := c.Param(a.log)
	z = c.Mul(c.Sub(x, c.Param(a.mean)), c.Exp(c.Neg(l)))
	logdet = spread(c, c.Neg(c.SumAll(l)), x)
	c.Close(z, logdet)
	return z, logdet
}

// Inverse returns x = m + e^l z and log|det dx/dz|.
func (a *Affine) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	c := s.Enter(a.name)
	rows(c, "affine", z, a.dim)
	l := c.Param(a.log)
	x = c.Add(c.Mul(z, c.Exp(l)), c.Param(a.mean))
	logdet = spread(c, c.SumAll(l), z)
	c.Close(x, logdet)
	return x, logdet
}
