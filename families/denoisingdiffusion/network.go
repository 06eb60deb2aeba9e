package denoisingdiffusion

import (
	"fmt"
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/unet"
)

// Network computes F(x, t) of images x [B,C,H,W] and one time t a sample, as a Config describes it:
//
//	e = L3 gelu(L1 gamma(t)),   h = conv_7x7 x,   F = conv_1x1 R [trunk(h; e), h]
//
// with gamma(t) = (sin, cos)(t f), f_k = theta^(-k/(d/2-1)), or (t, sin, cos)(2 pi t w) with learned w, residual blocks R, and
// a trunk that keeps two images a level: behind its first block, and behind its second and attention. Parameters have the
// authors' names.
type Network struct {
	name    string
	cfg     Config // effective
	feature layers.Embedding
	time    [2]*layers.Linear
	init    *layers.Conv
	trunk   unet.Trunk
	last    *residual
	out     *layers.Conv
	params  []*autodiff.Param
}

// New makes the network that c describes, with parameters named and seeded by path; path.Blank() makes it without values.
// The error names the field of c that is wrong.
func New(path layers.Path, c Config) (*Network, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.Effective()
	b := &unet.Builder{Path: path}
	n := &Network{name: path.Local(), cfg: c}
	in, emb := c.Channels, 4*c.Dim
	if c.SelfCondition {
		in *= 2
	}
	n.init = unet.Make(b, "init_conv", layers.NewConv, conv(in, c.InitDim, 7))
	features := c.Dim
	if c.LearnedSinusoidal {
		n.feature = unet.Make(b, "time_mlp.0", layers.NewFourier, layers.FourierConfig{Dim: c.SinusoidalDim, Std: 1, Name: "weights"})
		features = c.SinusoidalDim + 1
	} else {
		n.feature = unet.Make(b, "time_mlp.0", layers.NewSinusoid, layers.SinusoidConfig{Dim: c.Dim, SinFirst: true, Shift: 1, MaxPeriod: c.Theta, Rounding: "rate"})
	}
	n.time[0] = unet.Make(b, "time_mlp.1", layers.NewLinear, layers.LinearConfig{In: features, Out: emb})
	n.time[1] = unet.Make(b, "time_mlp.3", layers.NewLinear, layers.LinearConfig{In: emb, Out: emb})
	way(b, c, emb)
	n.last = newResidual(b, "final_res_block", 2*c.InitDim, c.InitDim, emb)
	n.out = unet.Make(b, "final_conv", layers.NewConv, conv(c.InitDim, c.OutChannels(), 1))
	if b.Err != nil {
		return nil, fmt.Errorf("unet: %w", b.Err)
	}
	n.trunk, n.params = b.Trunk, b.Params
	return n, nil
}

// way makes the trunk.
func way(b *unet.Builder, c Config, emb int) {
	attend := func(name string, level, width int, full bool) *attention {
		return newAttention(b, name, attentionConfig{channels: width, heads: c.AttnHeads[level], d: c.AttnDimHead[level], memory: c.Memory, full: full})
	}
	levels := len(c.DimMults)
	width := func(i int) int { // in front of level i
		if i == 0 {
			return c.InitDim
		}
		return c.Dim * c.DimMults[i-1]
	}
	var down unet.Part // from the level before
	for i := range levels {
		at, w := "downs."+strconv.Itoa(i), width(i)
		first := []unet.Part{newResidual(b, at+".0", w, w, emb)}
		if down != nil {
			first = append([]unet.Part{down}, first...)
		}
		b.Down(w, b.Run(first...))
		b.Down(w, b.Run(newResidual(b, at+".1", w, w, emb), attend(at+".2", i, w, c.FullAttn[i])))
		if i < levels-1 {
			down = unet.MakeLayer(b, at+".3.1", newHalving, layers.ConvConfig{In: w, Out: width(i + 1)})
		} else {
			down = unet.MakeLayer(b, at+".3", layers.NewConv, conv(w, width(i+1), 3))
		}
	}
	for k := range levels {
		i := levels - 1 - k
		at, below, w := "ups."+strconv.Itoa(k), width(i+1), width(i)
		b.Up(below, b.Run(newResidual(b, at+".0", below+b.Skip(), below, emb)))
		second := []unet.Part{newResidual(b, at+".1", below+b.Skip(), below, emb), attend(at+".2", i, below, c.FullAttn[i])}
		if i > 0 {
			up := conv(below, w, 3)
			up.Upsample = []int{2, 2}
			second = append(second, unet.MakeLayer(b, at+".3.1", layers.NewConv, up))
		} else {
			second = append(second, unet.MakeLayer(b, at+".3", layers.NewConv, conv(below, w, 3)))
		}
		b.Up(w, b.Run(second...))
	}
	w := width(levels)
	b.Trunk.Middle = unet.Stage{b.Run(down, newResidual(b, "mid_block1", w, w, emb), attend("mid_attn", levels-1, w, true), newResidual(b, "mid_block2", w, w, emb))}
}

// Params returns the parameters in the order of the authors' state dict.
func (n *Network) Params() []*autodiff.Param { return n.params }

// Config returns the effective configuration.
func (n *Network) Config() Config { return n.cfg }

// Forward returns F [B,OutChannels,H,W] of images x and times t. It panics with a *autodiff.ShapeError when x does not fit.
func (n *Network) Forward(s *autodiff.Scope, x autodiff.Var, t []float64) autodiff.Var {
	c := s.Enter(n.name)
	unet.Fits(c, x.Shape(), unet.Misfit(x.Shape(), n.cfg.Channels, len(n.cfg.DimMults)), len(t))
	e := n.feature.Forward(c, t)
	if n.cfg.LearnedSinusoidal {
		e = c.Concat(1, c.Const64(autodiff.S(len(t), 1), t), e)
	}
	e = n.time[1].Forward(c, c.GELU(n.time[0].Forward(c, e)))
	if n.cfg.SelfCondition {
		x = c.Concat(1, c.Zeros(x.Shape()), x)
	}
	h := n.init.Forward(c, x)
	y := n.trunk.Forward(c, unet.State{H: h}, e, autodiff.Var{}).H
	y = n.last.Forward(c, c.Concat(1, y, h), e, autodiff.Var{})
	y = n.out.Forward(c, y)
	c.Close(y)
	return y
}
