package flows

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// actNorm shifts and scales all values of a sample alike, the identity at first:
//
//	Forward  z = (x + loc) e^{-l}, log-determinant -D l      Inverse  x = z e^l - loc, log-determinant D l
//
// Parameters: loc [1], log_scale_inv [1] = l.
type actNorm struct {
	name     string
	dim      int
	loc, log *autodiff.Param
	params   []*autodiff.Param
}

// newActNorm makes an actNorm at p for samples of dim values.
func newActNorm(p layers.Path, dim int) (*actNorm, error) {
	if dim < 1 {
		return nil, p.Errorf("actnorm", "dim %d: want it positive", dim)
	}
	a := &actNorm{name: p.Local(), dim: dim}
	a.loc, a.log = p.Param("loc", autodiff.S(1), layers.Zero()), p.Param("log_scale_inv", autodiff.S(1), layers.Zero())
	a.params = []*autodiff.Param{a.loc, a.log}
	return a, nil
}

// Params returns loc and log_scale_inv.
func (a *actNorm) Params() []*autodiff.Param { return a.params }

// Dim returns the number of values in a sample.
func (a *actNorm) Dim() int { return a.dim }

// Forward returns z = (x + loc) e^{-l} and log|det dz/dx| = -D l.
func (a *actNorm) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	c := s.Enter(a.name)
	rows(c, "actnorm", x, a.dim)
	l := c.Param(a.log)
	z = c.Mul(c.Add(x, c.Param(a.loc)), c.Exp(c.Neg(l)))
	logdet = spread(c, c.Scale(l, -float64(a.dim)), x)
	c.Close(z, logdet)
	return z, logdet
}

// Inverse returns x = z e^l - loc and log|det dx/dz| = D l.
func (a *actNorm) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	c := s.Enter(a.name)
	rows(c, "actnorm", z, a.dim)
	l := c.Param(a.log)
	x = c.Sub(c.Mul(z, c.Exp(l)), c.Param(a.loc))
	logdet = spread(c, c.Scale(l, float64(a.dim)), z)
	c.Close(x, logdet)
	return x, logdet
}
