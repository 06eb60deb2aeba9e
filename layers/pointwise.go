package layers

import (
	"fmt"

	"tweedie/autodiff"
)

// Layout says how a linear map of channels stores its weights.
type Layout string

// The layouts of published networks.
const (
	OutIn Layout = "out_in" // weight [Out,In], bias [Out]: diffusers
	InOut Layout = "in_out" // W [In,Out], b [Out]: NIN of score_sde, "network in network"
)

// PointwiseConfig is the configuration of a Pointwise.
type PointwiseConfig struct {
	In     int    `json:"in"`
	Out    int    `json:"out"`
	Layout Layout `json:"layout"`
	Init   Init   `json:"init,omitzero"`
}

// Pointwise applies one linear map to the channels at every position: x [B,In,...] -> y [B,Out,...], a convolution of
// extent 1 whose weights are a matrix. Parameters: weight and bias, or W and b, by Layout.
type Pointwise struct {
	name         string
	cfg          PointwiseConfig
	weight, bias *autodiff.Param
	params       []*autodiff.Param
}

// NewPointwise makes a Pointwise with parameters named and seeded by path p; the bias starts at zero. The error says
// what in c is wrong.
func NewPointwise(p Path, c PointwiseConfig) (*Pointwise, error) {
	if c.In < 1 || c.Out < 1 {
		return nil, p.Errorf("pointwise", "in %d and out %d: want both positive", c.In, c.Out)
	}
	if err := p.Fits("pointwise", c.Out, c.In); err != nil {
		return nil, err
	}
	if err := c.Init.validate(p, "pointwise"); err != nil {
		return nil, err
	}
	l := &Pointwise{name: p.Local(), cfg: c}
	switch c.Layout {
	case OutIn:
		l.weight, l.bias = p.Param("weight", autodiff.S(c.Out, c.In), c.Init), p.Param("bias", autodiff.S(c.Out), Zero())
	case InOut:
		l.weight, l.bias = p.Param("W", autodiff.S(c.In, c.Out), c.Init), p.Param("b", autodiff.S(c.Out), Zero())
	default:
		return nil, p.Errorf("pointwise", "unknown layout %q; want %s or %s", c.Layout, OutIn, InOut)
	}
	l.params = []*autodiff.Param{l.weight, l.bias}
	return l, nil
}

// Params returns the weights and the bias.
func (l *Pointwise) Params() []*autodiff.Param { return l.params }

// Forward maps the channels of x [B,In,...].
// It panics with a *autodiff.ShapeError when x has another number of channels.
func (l *Pointwise) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(l.name)
	sh := x.Shape()
	if sh.Rank() < 3 || sh.Dim(1) != l.cfg.In {
		panic(&autodiff.ShapeError{Op: "pointwise", Module: c.Path(), Shapes: []autodiff.Shape{sh}, Msg: fmt.Sprintf("want [B,%d,...]", l.cfg.In)})
	}
	w := c.Param(l.weight)
	if l.cfg.Layout == InOut {
		w = c.Transpose(w)
	}
	y := c.Conv(c.Reshape(x, autodiff.S(sh.Dim(0), l.cfg.In, sh.Tail(2).Size())), c.Reshape(w, autodiff.S(l.cfg.Out, l.cfg.In, 1)), autodiff.SamePad(1))
	y = c.Reshape(c.AddChannel(y, c.Param(l.bias)), sh.With(1, l.cfg.Out))
	c.Close(y)
	return y
}
