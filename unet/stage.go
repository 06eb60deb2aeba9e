package unet

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// state is what flows through a trunk: the images h, and aux, which some families carry beside them: a pyramid of the
// input going down, one of the output going up. The zero Var is none.
type state struct{ h, aux autodiff.Var }

// step changes the state, given the embedding e [B,E] and the seeds of dropout, the zero Var for none.
type step interface {
	layers.Module
	forward(s *autodiff.Scope, x state, e, seeds autodiff.Var) state
}

// images is a part of a network that changes h alone.
type images interface {
	layers.Module
	forward(s *autodiff.Scope, h, e, seeds autodiff.Var) autodiff.Var
}

// plain is images without embedding and dropout.
type plain struct{ layers.Layer }

func (p plain) forward(s *autodiff.Scope, h, _, _ autodiff.Var) autodiff.Var { return p.Forward(s, h) }

// block is a residual block, with its place for dropout.
type block struct {
	*layers.ResBlock
	site int
}

func (b block) forward(s *autodiff.Scope, h, e, seeds autodiff.Var) autodiff.Var {
	return b.ForwardTrain(s, h, e, seeds, b.site)
}

// run is the step of parts that change h alone, one after the other.
type run struct {
	parts  []images
	params []*autodiff.Param
	again  bool // derivatives compute it again and keep only its inputs
	// call is direct as a function of h, e and, where there are any, the seeds; stored, so that Remat allocates nothing.
	call func(s *autodiff.Scope, in []autodiff.Var) autodiff.Var
}

func newRun(again bool, parts ...images) *run {
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

func (r *run) forward(s *autodiff.Scope, x state, e, seeds autodiff.Var) state {
	switch {
	case !r.again && s.Policy() == autodiff.RematNone:
		x.h = r.direct(s, x.h, e, seeds)
	case e.IsZero():
		x.h = s.Remat(r.call, r.params, x.h)
	case seeds.IsZero():
		x.h = s.Remat(r.call, r.params, x.h, e)
	default:
		x.h = s.Remat(r.call, r.params, x.h, e, seeds)
	}
	return x
}

func (r *run) direct(s *autodiff.Scope, h, e, seeds autodiff.Var) autodiff.Var {
	c := s.Child()
	for _, p := range r.parts {
		h = p.forward(c, h, e, seeds)
	}
	c.Close(h)
	return h
}

// stage is steps one after the other: one entry of the way down or up.
type stage []step

func (g stage) forward(s *autodiff.Scope, x state, e, seeds autodiff.Var) state {
	c := s.Child()
	for _, t := range g {
		x = t.forward(c, x, e, seeds)
	}
	c.Close(x.h, x.aux)
	return x
}
