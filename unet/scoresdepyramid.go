package unet

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// nearest2 doubles the extents by repetition. It has no parameters.
type nearest2 struct{}

func (nearest2) Params() []*autodiff.Param { return nil }

// Forward returns x [B,C,H,W] with every element four times, [B,C,2H,2W].
func (nearest2) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return s.UpNearest(x, 2) }

// head is the convolution of a nonlinearity of a norm.
type head struct {
	norm *layers.GroupNorm
	act  layers.Activation
	conv *layers.Conv
}

func (t head) Params() []*autodiff.Param { return layers.Params(t.norm, t.conv) }

// Forward returns conv(act(norm(h))).
func (t head) Forward(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
	c := s.Child()
	h = t.norm.Forward(c, h)
	if t.act != "silu" {
		h = t.act.Apply(c, h)
	}
	h = t.conv.Forward(c, h)
	c.Close(h)
	return h
}

// inputSkip joins the halved input to the images: a' = down(a), h' = h + w a', or [w a', h].
type inputSkip struct {
	down layers.Layer
	conv *layers.Conv
	cat  bool
}

func (t inputSkip) Params() []*autodiff.Param { return layers.Params(t.down, t.conv) }

func (t inputSkip) forward(s *autodiff.Scope, x state, _, _ autodiff.Var) state {
	c := s.Child()
	x.aux = t.down.Forward(c, x.aux)
	y := t.conv.Forward(c, x.aux)
	if t.cat {
		x.h = c.Concat(1, y, x.h)
	} else {
		x.h = c.Add(y, x.h)
	}
	c.Close(x.h, x.aux)
	return x
}

// residualPyramid adds a resampled pyramid to the images and goes on with both as one: a' = h' = scale (resample(a) + h).
type residualPyramid struct {
	resample layers.Layer
	scale    float64
}

func (t residualPyramid) Params() []*autodiff.Param { return t.resample.Params() }

func (t residualPyramid) forward(s *autodiff.Scope, x state, _, _ autodiff.Var) state {
	c := s.Child()
	y := c.Add(t.resample.Forward(c, x.aux), x.h)
	if t.scale != 1 {
		y = c.Scale(y, t.scale)
	}
	c.Close(y)
	return state{y, y}
}

// outputPyramid adds to the pyramid of the output what the images say: b' = up(b) + head(h), and head(h) alone where it
// begins.
type outputPyramid struct {
	up   layers.Layer // nil where it begins
	head head
}

func (t outputPyramid) Params() []*autodiff.Param { return t.head.Params() }

func (t outputPyramid) forward(s *autodiff.Scope, x state, _, _ autodiff.Var) state {
	c := s.Child()
	y := t.head.Forward(c, x.h)
	if t.up != nil {
		y = c.Add(t.up.Forward(c, x.aux), y)
	}
	c.Close(y)
	x.aux = y
	return x
}
