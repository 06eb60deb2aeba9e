package flows

import (
	"math"

	"tweedie/autodiff"
	"tweedie/layers"
)

// Positive maps unbounded values to positive ones, u -> x = e^l softplus(u), with a trainable scale:
//
//	Inverse   log|det dx/du| = sum (u - softplus u) + D l      Forward  u = y + ln(1 - e^{-y}), y = x e^{-l}
//
// As a flow it has latents u and data x > 0. Parameters: log_scale [1] = l.
type Positive struct {
	name   string
	dim    int
	log    *autodiff.Param
	params []*autodiff.Param
}

// NewPositive makes a Positive for samples of dim values, with its parameter named by path p. e^l starts at scale:
// flux/(0.8 D) for an image of known flux in DPI, 1 in score_prior. It returns an error unless dim and scale are
// positive.
func NewPositive(p layers.Path, dim int, scale float64) (*Positive, error) {
	if dim < 1 || !(scale > 0) {
		return nil, p.Errorf("positive", "dim %d and scale %g: want both positive", dim, scale)
	}
	h := &Positive{name: p.Local(), dim: dim}
	h.log = p.Param("log_scale", autodiff.S(1), layers.Constant(math.Log(scale)))
	h.params = []*autodiff.Param{h.log}
	return h, nil
}

// Params returns log_scale.
func (h *Positive) Params() []*autodiff.Param { return h.params }

// Dim returns the number of values in a sample.
func (h *Positive) Dim() int { return h.dim }

// Forward maps positive x [B,D] to unbounded u [B,D] with log|det du/dx| [B]; a value that is not positive gives NaN
// or -Inf.
func (h *Positive) Forward(s *autodiff.Scope, x autodiff.Var) (u, logdet autodiff.Var) {
	c := s.Enter(h.name)
	rows(c, "positive", x, h.dim)
	l := c.Param(h.log)
	y := c.Mul(x, c.Exp(c.Neg(l)))
	low := c.Log(c.Neg(c.Expm1(c.Neg(y)))) // u - softplus(u)
	u = c.Add(y, low)
	logdet = c.Neg(c.Add(c.Sum(low, 1), spread(c, c.Scale(l, float64(h.dim)), x)))
	c.Close(u, logdet)
	return u, logdet
}

// Inverse maps unbounded u [B,D] to positive x [B,D] with log|det dx/du| [B].
func (h *Positive) Inverse(s *autodiff.Scope, u autodiff.Var) (x, logdet autodiff.Var) {
	c := s.Enter(h.name)
	rows(c, "positive", u, h.dim)
	l := c.Param(h.log)
	y := c.Softplus(u)
	x = c.Mul(y, c.Exp(l))
	logdet = c.Add(c.Sum(c.Sub(u, y), 1), spread(c, c.Scale(l, float64(h.dim)), u))
	c.Close(x, logdet)
	return x, logdet
}

// Box maps unbounded values to an interval, u -> x = lo + (hi - lo) sigmoid(u):
//
//	Inverse   log|det dx/du| = sum (-u - 2 softplus(-u)) + D ln(hi - lo)      Forward  u = ln(p/(1-p)), p = (x-lo)/(hi-lo)
//
// It has no parameters.
type Box struct {
	name   string
	dim    int
	lo, hi float64
}

// NewBox makes a Box onto (lo, hi) for samples of dim values; path p names it in errors. It returns an error unless dim
// is positive, lo < hi and hi - lo is finite.
func NewBox(p layers.Path, dim int, lo, hi float64) (*Box, error) {
	if dim < 1 || !(lo < hi) || math.IsInf(hi-lo, 0) {
		return nil, p.Errorf("box", "dim %d and interval (%g, %g): want dim positive and a bounded interval", dim, lo, hi)
	}
	return &Box{p.Local(), dim, lo, hi}, nil
}

// Params returns nothing: a Box has no parameters.
func (h *Box) Params() []*autodiff.Param { return nil }

// Dim returns the number of values in a sample.
func (h *Box) Dim() int { return h.dim }

// Forward maps x [B,D] in (lo, hi) to unbounded u [B,D] with log|det du/dx| [B]; a value outside gives NaN or Inf.
func (h *Box) Forward(s *autodiff.Scope, x autodiff.Var) (u, logdet autodiff.Var) {
	c := s.Enter(h.name)
	rows(c, "box", x, h.dim)
	w := h.hi - h.lo
	p := c.Log(c.Affine(x, 1/w, -h.lo/w))
	q := c.Log(c.Affine(x, -1/w, h.hi/w))
	u = c.Sub(p, q)
	logdet = c.AddScalar(c.Neg(c.Sum(c.Add(p, q), 1)), -float64(h.dim)*math.Log(w))
	c.Close(u, logdet)
	return u, logdet
}

// Inverse maps unbounded u [B,D] to x [B,D] in (lo, hi) with log|det dx/du| [B].
func (h *Box) Inverse(s *autodiff.Scope, u autodiff.Var) (x, logdet autodiff.Var) {
	c := s.Enter(h.name)
	rows(c, "box", u, h.dim)
	w := h.hi - h.lo
	x = c.Affine(c.Sigmoid(u), w, h.lo)
	each := c.Sub(c.Neg(u), c.Scale(c.Softplus(c.Neg(u)), 2))
	logdet = c.AddScalar(c.Sum(each, 1), float64(h.dim)*math.Log(w))
	c.Close(x, logdet)
	return x, logdet
}
