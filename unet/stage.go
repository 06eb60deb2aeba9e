package unet

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// step is one module of a stage, a function of images h, the embedding e [B,E], and the seeds of dropout, the zero
// Var for none.
type step interface {
	layers.Module
	forward(s *autodiff.Scope, h, e, seeds autodiff.Var) autodiff.Var
}

// plain is a step that looks at h alone.
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

// stage is one entry of input_blocks, middle_block or output_blocks: steps one after the other.
type stage struct {
	steps  []step
	params []*autodiff.Param
	again  bool // derivatives compute it again and keep only its inputs
	// run is direct as a function of h, e and, where there are any, the seeds; stored, so that Remat allocates nothing.
	run func(s *autodiff.Scope, in []autodiff.Var) autodiff.Var
}

func newStage(again bool, steps ...step) *stage {
	g := &stage{steps: steps, again: again}
	for _, t := range steps {
		g.params = append(g.params, t.Params()...)
	}
	g.run = func(s *autodiff.Scope, in []autodiff.Var) autodiff.Var {
		var seeds autodiff.Var
		if len(in) > 2 {
			seeds = in[2]
		}
		return g.direct(s, in[0], in[1], seeds)
	}
	return g
}

func (g *stage) forward(s *autodiff.Scope, h, e, seeds autodiff.Var) autodiff.Var {
	switch {
	case !g.again:
		return g.direct(s, h, e, seeds)
	case seeds.IsZero():
		return s.Remat(g.run, g.params, h, e)
	default:
		return s.Remat(g.run, g.params, h, e, seeds)
	}
}

func (g *stage) direct(s *autodiff.Scope, h, e, seeds autodiff.Var) autodiff.Var {
	c := s.Child()
	for _, t := range g.steps {
		h = t.forward(c, h, e, seeds)
	}
	c.Close(h)
	return h
}

// resample halves or doubles the extents between two levels, with a convolution or without.
type resample struct {
	name   string
	up     bool
	factor []int
	conv   *layers.Conv // nil for averages and repetition alone
}

// newResample makes a resample at p of images with width channels. The convolution is its part "op" going down and
// "conv" going up.
func newResample(p layers.Path, c *Config, width int, up bool) (*resample, error) {
	r := &resample{name: p.Local(), up: up, factor: c.factor()}
	if !c.ConvResample {
		return r, nil
	}
	name, cc := "conv", layers.ConvConfig{In: width, Out: width, Kernel: layers.Uniform(c.Dims, 3)}
	if !up {
		name, cc.Stride = "op", r.factor
		cc.PadLo, cc.PadHi = layers.Uniform(c.Dims, 1), layers.Uniform(c.Dims, 1)
	}
	var err error
	r.conv, err = layers.NewConv(p.At(name), cc)
	return r, err
}

// Params is those of the convolution.
func (r *resample) Params() []*autodiff.Param {
	if r.conv == nil {
		return nil
	}
	return r.conv.Params()
}

// Forward is h [B,C,...] at the other resolution.
func (r *resample) Forward(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
	c := s.Enter(r.name)
	switch {
	case r.up:
		h = c.UpNearest(h, r.factor...)
	case r.conv == nil:
		h = c.AvgPool(h, r.factor...)
	}
	if r.conv != nil {
		h = r.conv.Forward(c, h)
	}
	c.Close(h)
	return h
}
