package flows

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/layers"
)

// Bijector is an invertible map of samples of Dim values, row by row. Forward takes data to latents and Inverse
// latents to data; each returns the log-determinant [B] of its own direction, so the two of a round trip cancel.
type Bijector interface {
	layers.Module
	Dim() int
	Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var)
	Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var)
}

// Chain runs bijectors one after the other, in the order data meets them: Forward runs the first one first, and
// sampling the last one first.
type Chain struct {
	name   string
	links  []Bijector
	params []*autodiff.Param
}

// NewChain makes a Chain of bijectors, which were made at paths below p. It returns an error unless there is at least
// one and all have the same dimension.
func NewChain(p layers.Path, links ...Bijector) (*Chain, error) {
	if len(links) == 0 {
		return nil, p.Errorf("chain", "no bijectors: want at least one")
	}
	c := &Chain{name: p.Local(), links: links}
	for _, l := range links {
		if l.Dim() != links[0].Dim() {
			return nil, p.Errorf("chain", "one bijector takes %d values and another %d: want equal dimensions", links[0].Dim(), l.Dim())
		}
		c.params = append(c.params, l.Params()...)
	}
	return c, nil
}

// Params returns the parameters of the bijectors, in order.
func (c *Chain) Params() []*autodiff.Param { return c.params }

// Dim returns the number of values in a sample.
func (c *Chain) Dim() int { return c.links[0].Dim() }

// Forward maps data x [B,D] to latents z [B,D] with log|det dz/dx| [B].
func (c *Chain) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	r := s.Enter(c.name)
	for _, l := range c.links {
		var ld autodiff.Var
		x, ld = l.Forward(r, x)
		logdet = total(r, logdet, ld)
	}
	r.Close(x, logdet)
	return x, logdet
}

// Inverse maps latents z [B,D] to data x [B,D] with log|det dx/dz| [B].
func (c *Chain) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	r := s.Enter(c.name)
	for i := len(c.links) - 1; i >= 0; i-- {
		var ld autodiff.Var
		z, ld = c.links[i].Inverse(r, z)
		logdet = total(r, logdet, ld)
	}
	r.Close(z, logdet)
	return z, logdet
}

// total returns a + b, where a may be the zero Var.
func total(s *autodiff.Scope, a, b autodiff.Var) autodiff.Var {
	if a.IsZero() {
		return b
	}
	return s.Add(a, b)
}

// rows panics unless x is a batch [B,d].
func rows(s *autodiff.Scope, op string, x autodiff.Var, d int) {
	if sh := x.Shape(); sh.Rank() != 2 || sh.Dim(1) != d {
		panic(&autodiff.ShapeError{Op: op, Module: s.Path(), Shapes: []autodiff.Shape{sh}, Msg: fmt.Sprintf("want a batch [B,%d]", d)})
	}
}

// spread repeats v, a Var of one element, for every sample of x [B,...]: [B].
func spread(s *autodiff.Scope, v, x autodiff.Var) autodiff.Var {
	return s.BroadcastTo(s.Reshape(v, autodiff.S(1)), autodiff.S(x.Dim(0)))
}
