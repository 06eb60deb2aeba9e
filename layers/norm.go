package layers

import "tweedie/autodiff"

// GroupNormConfig is the configuration of a GroupNorm.
type GroupNormConfig struct {
	Channels int     `json:"channels"`
	Groups   int     `json:"groups"`
	Eps      float64 `json:"eps"` // 1e-5 or 1e-6 in published networks
	SiLU     bool    `json:"silu,omitempty"`
}

// GroupNorm computes y = gamma (x - m)/sqrt(v + eps) + beta, with mean m and biased variance v over the channels of a
// group and all positions of one sample, then optionally SiLU: x [B,C,...] -> y of the same shape (Wu and He 2018).
// Parameters: weight [C] = gamma, bias [C] = beta.
type GroupNorm struct {
	name   string
	cfg    GroupNormConfig
	weight *autodiff.Param
	bias   *autodiff.Param
	params []*autodiff.Param
}

// NewGroupNorm makes a GroupNorm with parameters named by path p; gamma starts at 1 and beta at 0. The error says what
// in c is wrong.
func NewGroupNorm(p Path, c GroupNormConfig) (*GroupNorm, error) {
	if c.Channels < 1 || c.Groups < 1 || c.Channels%c.Groups != 0 {
		return nil, p.Errorf("group norm", "%d groups do not divide %d channels", c.Groups, c.Channels)
	}
	if err := p.Fits("group norm", c.Channels); err != nil {
		return nil, err
	}
	if !positive(c.Eps) {
		return nil, p.Errorf("group norm", "eps %g: want a positive number such as 1e-5", c.Eps)
	}
	l := &GroupNorm{name: p.Local(), cfg: c}
	l.weight, l.bias = scaleShift(p, c.Channels)
	l.params = []*autodiff.Param{l.weight, l.bias}
	return l, nil
}

// Params returns weight and bias.
func (l *GroupNorm) Params() []*autodiff.Param { return l.params }

// Forward normalises x [B,C,...]. It panics with a *autodiff.ShapeError when x has another number of channels.
func (l *GroupNorm) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(l.name)
	y := c.GroupNorm(x, c.Param(l.weight), c.Param(l.bias), l.cfg.Groups, l.cfg.Eps, l.cfg.SiLU)
	c.Close(y)
	return y
}

// modulated returns scale y + shift, or silu of it, for the normalised y and scale and shift [B,C], in the pass of
// the norm.
func (l *GroupNorm) modulated(s *autodiff.Scope, x, scale, shift autodiff.Var, silu bool) autodiff.Var {
	c := s.Enter(l.name)
	gamma, beta := c.Mul(c.Param(l.weight), scale), c.Add(c.Mul(c.Param(l.bias), scale), shift)
	y := c.GroupNorm(x, gamma, beta, l.cfg.Groups, l.cfg.Eps, silu)
	c.Close(y)
	return y
}

// LayerNormConfig is the configuration of a LayerNorm.
type LayerNormConfig struct {
	Size int     `json:"size"`
	Eps  float64 `json:"eps"`
}

// LayerNorm computes y = gamma (x - m)/sqrt(v + eps) + beta with statistics over the last axis: x [..., Size] (Ba,
// Kiros and Hinton 2016). Parameters: weight [Size] = gamma, bias [Size] = beta.
type LayerNorm struct {
	name   string
	cfg    LayerNormConfig
	weight *autodiff.Param
	bias   *autodiff.Param
	params []*autodiff.Param
}

// NewLayerNorm makes a LayerNorm with parameters named by path p; gamma starts at 1 and beta at 0. The error says what
// in c is wrong.
func NewLayerNorm(p Path, c LayerNormConfig) (*LayerNorm, error) {
	if c.Size < 1 || !positive(c.Eps) {
		return nil, p.Errorf("layer norm", "size %d and eps %g: want both positive", c.Size, c.Eps)
	}
	if err := p.Fits("layer norm", c.Size); err != nil {
		return nil, err
	}
	l := &LayerNorm{name: p.Local(), cfg: c}
	l.weight, l.bias = scaleShift(p, c.Size)
	l.params = []*autodiff.Param{l.weight, l.bias}
	return l, nil
}

// Params returns weight and bias.
func (l *LayerNorm) Params() []*autodiff.Param { return l.params }

// Forward normalises x [..., Size]. It panics with a *autodiff.ShapeError when the last axis has another extent.
func (l *LayerNorm) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(l.name)
	y := c.LayerNorm(x, c.Param(l.weight), c.Param(l.bias), l.cfg.Eps)
	c.Close(y)
	return y
}

func scaleShift(p Path, n int) (weight, bias *autodiff.Param) {
	return p.Param("weight", autodiff.S(n), Constant(1)), p.Param("bias", autodiff.S(n), Zero())
}
