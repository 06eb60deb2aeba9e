package main

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/layers"
)

// Config is whatever the network can be told; it is what a checkpoint of ours would carry.
type Config struct {
	Side    int     `json:"side"`    // of a square image
	Patch   int     `json:"patch"`   // of a square patch
	Width   int     `json:"width"`   // hidden channels
	Hidden  int     `json:"hidden"`  // of both kinds of MLP
	Blocks  int     `json:"blocks"`  // that mix
	Horizon float64 `json:"horizon"` // times are divided by it
}

// Galaxies is the configuration of the published network.
func Galaxies() Config {
	return Config{Side: 32, Patch: 4, Width: 64, Hidden: 512, Blocks: 4, Horizon: 10}
}

// Mixer is an MLP-Mixer (Tolstikhin et al. 2021) as a score network: s(y, t) for y [B,1,S,S] and a time t a sample.
// With h [B,Width,P] of P patches, LN a layer norm over all of [Width,P], and M an MLP along the last axis,
//
//	h = conv(y, t/Horizon),   h += M_patch(LN h),   h += (M_hidden(LN h^T))^T,   s = conv^T(LN h).
type Mixer struct {
	cfg          Config
	inW, inB     *autodiff.Param
	outW, outB   *autodiff.Param
	blocks       []block
	normW, normB *autodiff.Param
	params       []*autodiff.Param
	stride       autodiff.ConvSpec
	patches      int
}

type block struct{ patch, hidden mlp }

// mlp is one MLP with the norm before it.
type mlp struct{ normW, normB, w1, b1, w2, b2 *autodiff.Param }

// New makes a Mixer at p. Parameters are made at a path, which names them and seeds their values; the names here are
// those of the published file, so nothing has to be renamed when it is loaded. layers.Root(key) is the path of a whole
// network, and .Blank() makes it without values, for loading.
func New(p layers.Path, c Config) (*Mixer, error) {
	if c.Side < 1 || c.Patch < 1 || c.Side%c.Patch != 0 || c.Width < 1 || c.Hidden < 1 || c.Blocks < 1 || !(c.Horizon > 0) {
		return nil, p.Errorf("mixer", "%+v: want positive numbers, and a side that the patch divides", c)
	}
	n := &Mixer{cfg: c, patches: (c.Side / c.Patch) * (c.Side / c.Patch)}
	n.stride = autodiff.ConvSpec{Stride: [3]int{c.Patch, c.Patch, c.Patch}}
	param := func(at layers.Path, name string, init layers.Init, dims ...int) *autodiff.Param {
		w := at.Param(name, autodiff.S(dims...), init)
		n.params = append(n.params, w)
		return w
	}
	random, zero, one := layers.FanIn(1./3), layers.Zero(), layers.Constant(1)
	in, out := p.At("conv_in"), p.At("conv_out")
	n.inW, n.inB = param(in, "w", random, c.Width, 2, c.Patch, c.Patch), param(in, "b", zero, c.Width, 1, 1)
	for k := range c.Blocks {
		at := p.At(fmt.Sprintf("blk%d", k))
		mixer := func(name, norm string, rows, axis int) mlp {
			m, l := at.At(name), at.At(norm)
			return mlp{param(l, "w", one, rows, axis), param(l, "b", zero, rows, axis),
				param(m, "w1", random, c.Hidden, axis), param(m, "b1", zero, c.Hidden),
				param(m, "w2", random, axis, c.Hidden), param(m, "b2", zero, axis)}
		}
		n.blocks = append(n.blocks, block{mixer("patch", "norm1", c.Width, n.patches), mixer("hidden", "norm2", n.patches, c.Width)})
	}
	norm := p.At("norm")
	n.normW, n.normB = param(norm, "w", one, c.Width, n.patches), param(norm, "b", zero, c.Width, n.patches)
	n.outW, n.outB = param(out, "w", zero, c.Width, 1, c.Patch, c.Patch), param(out, "b", zero, 1, 1, 1)
	return n, nil
}

// Params makes Mixer a layers.Module: checkpoints.Load fills them, and train.Loop learns them.
func (n *Mixer) Params() []*autodiff.Param { return n.params }

// Forward makes Mixer a diffusion.Network. It is called on a Scope, where every op runs; what it opens by Enter or Child
// it closes, keeping its result, so that memory goes back as soon as nothing needs it. Derivatives of every order come
// with the ops: there is no backward pass to write.
func (n *Mixer) Forward(s *autodiff.Scope, y autodiff.Var, t []float64) autodiff.Var {
	c := s.Enter("mixer")
	g := n.cfg.Side / n.cfg.Patch
	if want := autodiff.S(len(t), 1, n.cfg.Side, n.cfg.Side); y.Shape() != want {
		panic(&autodiff.ShapeError{Op: "mixer", Module: c.Path(), Shapes: []autodiff.Shape{y.Shape()}, Msg: fmt.Sprintf("want %v for %d times", want, len(t))})
	}
	time := c.Scale(c.Const64(autodiff.S(len(t), 1, 1, 1), t), 1/n.cfg.Horizon)
	h := c.Concat(1, y, c.BroadcastTo(time, y.Shape()))
	h = c.Add(c.Conv(h, c.Param(n.inW), n.stride), c.Param(n.inB))
	h = c.Reshape(h, autodiff.S(len(t), n.cfg.Width, n.patches))
	for _, b := range n.blocks {
		h = c.Add(h, b.patch.forward(c, h))
		turned := c.Transpose(h)
		h = c.Transpose(c.Add(turned, b.hidden.forward(c, turned)))
	}
	h = norm(c, h, n.normW, n.normB)
	h = c.Reshape(h, autodiff.S(len(t), n.cfg.Width, g, g))
	out := c.Add(c.ConvInputGrad(h, c.Param(n.outW), n.stride, y.Shape()), c.Param(n.outB))
	c.Close(out)
	return out
}

// forward is W2 relu(W1 LN(x) + b1) + b2 along the last axis.
func (m *mlp) forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Child()
	h := norm(c, x, m.normW, m.normB)
	h = c.ReLU(c.Add(c.MatMul(h, c.Param(m.w1), false, true), c.Param(m.b1)))
	h = c.Add(c.MatMul(h, c.Param(m.w2), false, true), c.Param(m.b2))
	c.Close(h)
	return h
}

// norm is the layer norm over all of [rows,axis], with weights of that shape.
func norm(s *autodiff.Scope, x autodiff.Var, w, b *autodiff.Param) autodiff.Var {
	c := s.Child()
	flat := autodiff.S(w.Shape().Size())
	h := c.Reshape(x, autodiff.S(x.Dim(0), flat.Dim(0)))
	h = c.LayerNorm(h, c.Reshape(c.Param(w), flat), c.Reshape(c.Param(b), flat), 1e-5)
	h = c.Reshape(h, x.Shape())
	c.Close(h)
	return h
}

// Schedule is the process that the network was trained on, dy = -y/2 dt + dw: a VP schedule with constant beta = 1,
// alpha = e^(-t/2), sigma^2 = 1 - e^(-t), in which diffusion's time in [0, 1] is t/Horizon.
func (c Config) Schedule() diffusion.VP { return diffusion.VP{Beta0: c.Horizon, Beta1: c.Horizon} }

// Denoiser turns the score s(y, t) into the denoiser of diffusion, E[y0 | y0 + r n]. ScoreOutput knows how, given the
// noise level and the label of every r: here the label is t = Horizon * (diffusion's time).
func (n *Mixer) Denoiser() diffusion.Preconditioned {
	levels := diffusion.Continuous{Schedule: n.cfg.Schedule(), Scale: n.cfg.Horizon}
	return diffusion.Preconditioned{Net: n, Prec: diffusion.ScoreOutput{Levels: levels}}
}
