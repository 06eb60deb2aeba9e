package layers

import "tweedie/autodiff"

// LinearConfig is the configuration of a Linear.
type LinearConfig struct {
	In     int  `json:"in"`
	Out    int  `json:"out"`
	NoBias bool `json:"no_bias,omitempty"`
	Init   Init `json:"init,omitzero"`
}

// Linear computes y = W x + b along the last axis: x [..., In] -> y [..., Out]. Parameters: weight [Out,In], bias
// [Out].
type Linear struct {
	name   string
	cfg    LinearConfig
	weight *autodiff.Param
	bias   *autodiff.Param
	params []*autodiff.Param
}

// NewLinear makes a Linear with parameters named and seeded by path p; the bias starts at zero. The error says what in
// c is wrong.
func NewLinear(p Path, c LinearConfig) (*Linear, error) {
	if c.In < 1 || c.Out < 1 {
		return nil, p.Errorf("linear", "in %d and out %d: want both positive", c.In, c.Out)
	}
	if err := p.Fits("linear", c.Out, c.In); err != nil {
		return nil, err
	}
	if err := c.Init.validate(p, "linear"); err != nil {
		return nil, err
	}
	l := &Linear{name: p.Local(), cfg: c}
	l.weight = p.Param("weight", autodiff.S(c.Out, c.In), c.Init)
	l.params = []*autodiff.Param{l.weight}
	if !c.NoBias {
		l.bias = p.Param("bias", autodiff.S(c.Out), Zero())
		l.params = append(l.params, l.bias)
	}
	return l, nil
}

// Params returns weight and bias.
func (l *Linear) Params() []*autodiff.Param { return l.params }

// Forward returns W x + b. It panics with a *autodiff.ShapeError when x is not [..., In].
func (l *Linear) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(l.name)
	sh := x.Shape()
	if sh.Rank() == 0 || sh.Dim(-1) != l.cfg.In {
		panic(&autodiff.ShapeError{Op: "linear", Module: c.Path(), Shapes: []autodiff.Shape{sh}, Msg: "want [...,in] for weights " + l.weight.Shape().String()})
	}
	rows := autodiff.S(sh.Size()/l.cfg.In, l.cfg.In)
	y := c.MatMul(c.Reshape(x, rows), c.Param(l.weight), false, true)
	if l.bias != nil {
		y = c.Add(y, c.Param(l.bias))
	}
	y = c.Reshape(y, sh.With(-1, l.cfg.Out))
	c.Close(y)
	return y
}
