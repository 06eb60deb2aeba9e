package unet

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// Doubling doubles the extents by repetition. It has no parameters.
type Doubling struct{}

// Params returns nothing.
func (Doubling) Params() []*autodiff.Param { return nil }

// Forward returns x [B,C,H,W] with every element four times, [B,C,2H,2W].
func (Doubling) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return s.UpNearest(x, 2) }

// Head is the convolution of a nonlinearity of a norm.
type Head struct {
	Norm *layers.GroupNorm
	Act  layers.Activation
	Conv *layers.Conv
}

// Params returns the parameters of norm and convolution.
func (t Head) Params() []*autodiff.Param { return layers.Params(t.Norm, t.Conv) }

// Forward returns conv(act(norm(h))).
func (t Head) Forward(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
	c := s.Child()
	h = t.Norm.Forward(c, h)
	if t.Act != "silu" {
		h = t.Act.Apply(c, h)
	}
	h = t.Conv.Forward(c, h)
	c.Close(h)
	return h
}

// InputSkip joins the halved input to the images: a' = down(a), h' = h + w a', or [w a', h].
type InputSkip struct {
	Down layers.Layer
	Conv *layers.Conv
	Cat  bool
}

// Params returns the parameters of both layers.
func (t InputSkip) Params() []*autodiff.Param { return layers.Params(t.Down, t.Conv) }

// Forward goes on with the halved input in aux.
func (t InputSkip) Forward(s *autodiff.Scope, x State, _, _ autodiff.Var) State {
	c := s.Child()
	x.Aux = t.Down.Forward(c, x.Aux)
	y := t.Conv.Forward(c, x.Aux)
	if t.Cat {
		x.H = c.Concat(1, y, x.H)
	} else {
		x.H = c.Add(y, x.H)
	}
	c.Close(x.H, x.Aux)
	return x
}

// ResidualPyramid adds a resampled pyramid to the images and goes on with both as one: a' = h' = scale (resample(a) + h).
type ResidualPyramid struct {
	Resample layers.Layer
	Scale    float64
}

// Params returns the parameters of the resampling.
func (t ResidualPyramid) Params() []*autodiff.Param { return t.Resample.Params() }

// Forward returns the sum as images and as aux.
func (t ResidualPyramid) Forward(s *autodiff.Scope, x State, _, _ autodiff.Var) State {
	c := s.Child()
	y := c.Add(t.Resample.Forward(c, x.Aux), x.H)
	if t.Scale != 1 {
		y = c.Scale(y, t.Scale)
	}
	c.Close(y)
	return State{y, y}
}

// OutputPyramid adds to the pyramid of the output what the images say: b' = up(b) + head(h), and head(h) alone where it
// begins.
type OutputPyramid struct {
	Up   layers.Layer // nil where it begins
	Head Head
}

// Params returns the parameters of the head.
func (t OutputPyramid) Params() []*autodiff.Param { return t.Head.Params() }

// Forward leaves the images as they are.
func (t OutputPyramid) Forward(s *autodiff.Scope, x State, _, _ autodiff.Var) State {
	c := s.Child()
	y := t.Head.Forward(c, x.H)
	if t.Up != nil {
		y = c.Add(t.Up.Forward(c, x.Aux), y)
	}
	c.Close(y)
	x.Aux = y
	return x
}
