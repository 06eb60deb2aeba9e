package unet

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// State is what flows through a trunk: the images h, and aux, which some families carry beside them: a pyramid of the
// input going down, one of the output going up. The zero Var is none.
type State struct{ H, Aux autodiff.Var }

// Step changes the State, given the embedding e [B,E] and the seeds of dropout, the zero Var for none.
type Step interface {
	layers.Module
	Forward(s *autodiff.Scope, x State, e, seeds autodiff.Var) State
}

// Part is a part of a network that changes h alone.
type Part interface {
	layers.Module
	Forward(s *autodiff.Scope, h, e, seeds autodiff.Var) autodiff.Var
}

// Plain is images without embedding and dropout.
type Plain struct{ layers.Layer }

// Forward applies the layer.
func (p Plain) Forward(s *autodiff.Scope, h, _, _ autodiff.Var) autodiff.Var {
	return p.Layer.Forward(s, h)
}

// Residual is a residual block, with its place for dropout.
type Residual struct {
	*layers.ResBlock
	Site int
}

// Forward applies the block, with dropout where there are seeds.
func (b Residual) Forward(s *autodiff.Scope, h, e, seeds autodiff.Var) autodiff.Var {
	return b.ForwardTrain(s, h, e, seeds, b.Site)
}

// run is the step of parts that change h alone, one after the other.
type run struct {
	parts  []Part
	params []*autodiff.Param
	again  bool // derivatives compute it again and keep only its inputs
	// call is direct as a function of h, e and, where there are any, the seeds; stored, so that Remat allocates nothing.
	call func(s *autodiff.Scope, in []autodiff.Var) autodiff.Var
}

// NewRun returns the step that parts are one after the other; with again derivatives compute it again and keep only its
// inputs.
func NewRun(again bool, parts ...Part) Step {
	r := &run{parts: parts, again: again}
	for _, p := range parts {
		r.params = append(r.params, p.Params()...)
	}
	r.call = func(s *autodiff.Scope, in []autodiff.Var) autodiff.Var {
		e, seeds := autodiff.Var{}, autodiff.Var{}
		if len(in) > 1 {
			e = in[1]
		}
		if len(in) > 2 {
			seeds = in[2]
		}
		return r.direct(s, in[0], e, seeds)
	}
	return r
}

// Params returns the parameters of the parts.
func (r *run) Params() []*autodiff.Param { return r.params }

// Forward applies the parts to the images; aux goes through.
func (r *run) Forward(s *autodiff.Scope, x State, e, seeds autodiff.Var) State {
	switch {
	case !r.again && s.Policy() == autodiff.RematNone:
		x.H = r.direct(s, x.H, e, seeds)
	case e.IsZero():
		x.H = s.Remat(r.call, r.params, x.H)
	case seeds.IsZero():
		x.H = s.Remat(r.call, r.params, x.H, e)
	default:
		x.H = s.Remat(r.call, r.params, x.H, e, seeds)
	}
	return x
}

func (r *run) direct(s *autodiff.Scope, h, e, seeds autodiff.Var) autodiff.Var {
	c := s.Child()
	for _, p := range r.parts {
		h = p.Forward(c, h, e, seeds)
	}
	c.Close(h)
	return h
}

// Stage is steps one after the other: one entry of the way down or up.
type Stage []Step

// Forward applies the steps.
func (g Stage) Forward(s *autodiff.Scope, x State, e, seeds autodiff.Var) State {
	c := s.Child()
	for _, t := range g {
		x = t.Forward(c, x, e, seeds)
	}
	c.Close(x.H, x.Aux)
	return x
}

// NewStem returns a first convolution, which derivatives need not compute again.
func NewStem(conv *layers.Conv) Step {
	if conv == nil {
		return nil
	}
	return NewRun(false, Plain{conv})
}
