package flows

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// Standard takes the mean from every value and divides by its deviation: Forward z = (x - loc) e^{-l}, with l = log_scale; a
// Gaussian of independent values in front of a flow. Parameters: loc [1,D], log_scale [1,D].
type Standard struct {
	name     string
	dim      int
	loc, log *autodiff.Param
}

// NewStandard makes a Standard of dim values at p, the identity at first.
func NewStandard(p layers.Path, dim int) (*Standard, error) {
	if err := p.Fits("standard", 1, dim); err != nil {
		return nil, err
	}
	return &Standard{p.Local(), dim, p.Param("loc", autodiff.S(1, dim), layers.Zero()), p.Param("log_scale", autodiff.S(1, dim), layers.Zero())}, nil
}

// Params returns loc and log_scale.
func (n *Standard) Params() []*autodiff.Param { return []*autodiff.Param{n.loc, n.log} }

// Dim returns the number of values in a sample.
func (n *Standard) Dim() int { return n.dim }

// Forward maps data x [B,D] to latents z [B,D] with log|det dz/dx| [B].
// It panics with a *autodiff.ShapeError when x is not [B,D].
func (n *Standard) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	c := s.Enter(n.name)
	rows(c, "standard", x, n.dim)
	l := c.Param(n.log)
	z, logdet = c.Mul(c.Sub(x, c.Param(n.loc)), c.Exp(c.Neg(l))), spread(c, c.Neg(c.SumAll(l)), x)
	c.Close(z, logdet)
	return z, logdet
}

// Inverse maps latents z [B,D] to data x [B,D] with log|det dx/dz| [B].
// It panics with a *autodiff.ShapeError when z is not [B,D].
func (n *Standard) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	c := s.Enter(n.name)
	rows(c, "standard", z, n.dim)
	l := c.Param(n.log)
	x, logdet = c.Add(c.Mul(z, c.Exp(l)), c.Param(n.loc)), spread(c, c.SumAll(l), z)
	c.Close(x, logdet)
	return x, logdet
}
