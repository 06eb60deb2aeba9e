package adm

import (
	"slices"
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/unet"
)

// builder makes the parts of guided diffusion's network.
type builder struct {
	unet.Builder
	cfg Config
}

// stem is the first convolution, to width channels.
func (b *builder) stem(name string, width int) unet.Step {
	conv := unet.Make(&b.Builder, name, layers.NewConv, layers.ConvConfig{In: b.cfg.InChannels, Out: width, Kernel: layers.EachAxis(b.cfg.Dims, 3)})
	if b.Err != nil {
		return nil
	}
	return unet.NewRun(false, unet.Plain{Layer: conv})
}

// res is a residual block that changes the resolution "up", "down", or not at all.
func (b *builder) res(name string, in, out int, change string) unet.Part {
	return b.Residual(name, layers.ResBlockConfig{In: in, Out: out, Emb: b.cfg.embedding(), Dims: b.cfg.Dims,
		Groups: b.cfg.NormGroups, Eps: eps, ScaleShift: b.cfg.ScaleShiftNorm, Resample: change, Factor: b.cfg.factor(),
		Dropout: b.cfg.Dropout, Last: layers.Zero()})
}

// attention is self-attention with the given number of heads where the config does not fix their channels.
func (b *builder) attention(name string, width, heads int) unet.Part {
	packing := layers.HeadQKV
	if b.cfg.NewAttentionOrder {
		packing = layers.QKVHead
	}
	if b.cfg.NumHeadChannels > 0 {
		heads = width / b.cfg.NumHeadChannels
	}
	return unet.MakeLayer(&b.Builder, name, layers.NewSelfAttention, layers.SelfAttentionConfig{Channels: width, Heads: heads, Packing: packing,
		Groups: b.cfg.NormGroups, Eps: eps, Init: layers.Zero()})
}

// resample changes the resolution "up" or "down" between two levels.
func (b *builder) resample(name string, width int, change string) unet.Part {
	if b.cfg.ResblockUpdown {
		return b.res(name, width, width, change)
	}
	return unet.MakeLayer(&b.Builder, name, func(p layers.Path, up bool) (*resample, error) { return newResample(p, &b.cfg, width, up) }, change == "up")
}

// encode makes the way down.
func (b *builder) encode() {
	c := &b.cfg
	at := func() string { return "input_blocks." + strconv.Itoa(len(b.Trunk.Down)) }
	w := c.StemChannels
	b.Down(w, b.stem(at()+".0", w))
	for l := range c.ChannelMult {
		for range c.NumResBlocks {
			next := c.Width(l)
			parts := []unet.Part{b.res(at()+".0", w, next, "")}
			w = next
			if slices.Contains(c.AttentionResolutions, 1<<l) {
				parts = append(parts, b.attention(at()+".1", w, c.NumHeads))
			}
			b.Down(w, b.Run(parts...))
		}
		if l < len(c.ChannelMult)-1 {
			b.Down(w, b.Run(b.resample(at()+".0", w, "down")))
		}
	}
}

// decode makes the way up.
func (b *builder) decode() {
	c := &b.cfg
	w := c.Width(len(c.ChannelMult) - 1)
	for l := len(c.ChannelMult) - 1; l >= 0; l-- {
		for i := range c.NumResBlocks + 1 {
			at := "output_blocks." + strconv.Itoa(len(b.Trunk.Up)) + "."
			next := c.Width(l)
			parts := []unet.Part{b.res(at+"0", w+b.Skip(), next, "")}
			w = next
			if slices.Contains(c.AttentionResolutions, 1<<l) {
				parts = append(parts, b.attention(at+"1", w, c.NumHeadsUpsample))
			}
			if l > 0 && i == c.NumResBlocks {
				parts = append(parts, b.resample(at+strconv.Itoa(len(parts)), w, "up"))
			}
			b.Up(w, b.Run(parts...))
		}
	}
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
	name, cc := "conv", layers.ConvConfig{In: width, Out: width, Kernel: layers.EachAxis(c.Dims, 3), Upsample: r.factor}
	if !up {
		name, cc.Stride, cc.Upsample = "op", r.factor, nil
		cc.PadLo, cc.PadHi = layers.EachAxis(c.Dims, 1), layers.EachAxis(c.Dims, 1)
	}
	var err error
	r.conv, err = layers.NewConv(p.At(name), cc)
	return r, err
}

// Params returns the parameters of the convolution, where there is one.
func (r *resample) Params() []*autodiff.Param {
	if r.conv == nil {
		return nil
	}
	return r.conv.Params()
}

// Forward returns h [B,C,...] at the other resolution.
func (r *resample) Forward(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
	c := s.Enter(r.name)
	switch {
	case r.conv != nil:
		h = r.conv.Forward(c, h)
	case r.up:
		h = c.UpNearest(h, r.factor...)
	default:
		h = c.AvgPool(h, r.factor...)
	}
	c.Close(h)
	return h
}
