package main

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// Adapter is a residual bottleneck (Houlsby et al. 2019) that sees the embedding of the noise level: of images
// h [B,C,H,W] and e [B,E] it makes
//
//	h + up(silu(down(h) + shift(e))),     down 1x1: C -> R,   shift: E -> R,   up 1x1: R -> C.
//
// up starts at zero, so a network is the same function with a new Adapter as without. Parameters: down, shift and up,
// each with weight and bias.
type Adapter struct {
	name     string
	down, up *layers.Conv
	shift    *layers.Linear
}

// NewAdapter makes an Adapter of rank r at p, for images of the given channels and embeddings of the given width.
func NewAdapter(p layers.Path, channels, embedding, r int) (*Adapter, error) {
	a := &Adapter{name: p.Local()}
	var err error
	if a.down, err = layers.NewConv(p.At("down"), layers.ConvConfig{In: channels, Out: r, Kernel: []int{1, 1}}); err != nil {
		return nil, err
	}
	if a.shift, err = layers.NewLinear(p.At("shift"), layers.LinearConfig{In: embedding, Out: r}); err != nil {
		return nil, err
	}
	a.up, err = layers.NewConv(p.At("up"), layers.ConvConfig{In: r, Out: channels, Kernel: []int{1, 1}, Init: layers.Zero()})
	return a, err
}

// Params is all parameters.
func (a *Adapter) Params() []*autodiff.Param { return layers.Params(a.down, a.shift, a.up) }

// Forward is the block. It opens a scope of its own, under its name, and keeps only its output.
func (a *Adapter) Forward(s *autodiff.Scope, h, e autodiff.Var) autodiff.Var {
	c := s.Enter(a.name)
	z := c.Add(a.down.Forward(c, h), spread(c, a.shift.Forward(c, e)))
	y := c.Add(h, a.up.Forward(c, c.SiLU(z)))
	c.Close(y)
	return y
}

// spread is v [B,R] as [B,R,1,1], which broadcasts over an image.
func spread(s *autodiff.Scope, v autodiff.Var) autodiff.Var {
	sh := v.Shape()
	return s.Reshape(v, autodiff.S(sh.Dim(0), sh.Dim(1), 1, 1))
}
