package diffusers

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/unet"
)

// names are its own for the parts of our blocks.
var names = map[string]string{"emb": "time_emb_proj", "skip": "conv_shortcut", "norm": "group_norm",
	"q": "to_q", "k": "to_k", "v": "to_v", "proj": "to_out.0", "0": "linear_1", "2": "linear_2"}

// taps are those of the filter of skip paths, along one axis.
var taps = []float64{1, 3, 3, 1}

// builder makes the parts of a UNet2DModel, in the order of its state dict: within a level attention before
// residual blocks, and the middle after the way up.
type builder struct {
	unet.Builder
	cfg Config // effective
}

// embedding is the width of the embedding of times and classes.
func (c *Config) embedding() int { return 4 * c.Channels[0] }

// groups is how many groups norms without a number of their own have.
func (c *Config) groups(channels int) int {
	if c.NormGroups != nil {
		return *c.NormGroups
	}
	return quarter(channels)
}

// quarter is the number of groups of n channels where a config does not give it.
func quarter(n int) int { return min(n/4, 32) }

// resnet is the residual block called name, with what all blocks have in common.
func (b *builder) resnet(name string, c layers.ResBlockConfig) unet.Part {
	c.Emb, c.Dims, c.Eps, c.Act = b.cfg.embedding(), 2, b.cfg.NormEps, acts[b.cfg.Act]
	c.ScaleShift, c.Dropout = b.cfg.TimeScaleShift == "scale_shift", b.cfg.Dropout
	return b.Residual(name, c)
}

// plain is a residual block of a level without a skip path, and one that changes the resolution "up" or "down".
func (b *builder) plain(name string, in, out int, change string) unet.Part {
	return b.resnet(name, layers.ResBlockConfig{In: in, Out: out, Groups: *b.cfg.NormGroups, Resample: change})
}

// skipped is a residual block of a level with a skip path, its first norm with the given groups.
func (b *builder) skipped(name string, in, out, groups int, change string) unet.Part {
	return b.resnet(name, layers.ResBlockConfig{In: in, Out: out, GroupsIn: groups, Groups: quarter(out), Scale: layers.SqrtHalf,
		Resample: change, Taps: taps, Skip: change != ""})
}

// attention is self-attention in front of which there is a norm, unless groups is 0.
func (b *builder) attention(name string, channels, groups int, scale float64) unet.Part {
	heads := 1
	if b.cfg.HeadDim != nil {
		heads = channels / *b.cfg.HeadDim
	}
	return unet.MakeLayer(&b.Builder, name, layers.NewSelfAttention, layers.SelfAttentionConfig{Channels: channels, Heads: heads, Layout: layers.OutIn,
		Groups: groups, NoNorm: groups == 0, Eps: b.cfg.NormEps, Scale: scale})
}

// attentions are those of a level.
func (b *builder) attentions(level string, block blockType, channels, n int) (all []unet.Part) {
	groups, scale := 32, layers.SqrtHalf
	switch {
	case !block.attention:
		return make([]unet.Part, n)
	case !block.skip:
		groups, scale = *b.cfg.NormGroups, 1
	}
	for i := range n {
		all = append(all, b.attention(fmt.Sprintf("%s.attentions.%d", level, i), channels, groups, scale))
	}
	return all
}

// with is parts and one more, where there is one.
func with(part, more unet.Part) []unet.Part {
	if more == nil {
		return []unet.Part{part}
	}
	return []unet.Part{part, more}
}

// fir is the filter of a skip path, which has no parameters.
func (b *builder) fir(level, mode string) layers.Layer {
	return unet.Make(&b.Builder, level+".fir", layers.NewFIR, layers.FIRConfig{Taps: taps, Dims: 2, Mode: mode})
}

// encode makes the way down.
func (b *builder) encode() {
	c := &b.cfg
	w := c.Channels[0]
	b.Down(w, unet.NewStem(unet.Make(&b.Builder, "conv_in", layers.NewConv, layers.ConvConfig{In: c.InChannels, Out: w, Kernel: layers.EachAxis(2, 3)})))
}

// levelsDown makes the levels of the way down, behind its first convolution.
func (b *builder) levelsDown() {
	c := &b.cfg
	w := c.Channels[0]
	for l, out := range c.Channels {
		name := fmt.Sprintf("down_blocks.%d", l)
		block := blockTypes["down_block_types"][c.DownBlocks[l]]
		attend := b.attentions(name, block, out, c.LayersPerBlock)
		for j := range c.LayersPerBlock {
			at := fmt.Sprintf("%s.resnets.%d", name, j)
			var r unet.Part
			if block.skip {
				r = b.skipped(at, w, out, quarter(w), "")
			} else {
				r = b.plain(at, w, out, "")
			}
			b.Down(out, b.Run(with(r, attend[j])...))
			w = out
		}
		if l == len(c.Channels)-1 {
			break
		}
		if block.skip {
			r := b.skipped(name+".resnet_down", w, w, quarter(w), "down")
			fir := b.fir(name, "down")
			conv := unet.Make(&b.Builder, name+".skip_conv", layers.NewConv, layers.ConvConfig{In: 3, Out: w, Kernel: layers.EachAxis(2, 1)})
			b.Down(w, b.Run(r), unet.InputSkip{Down: fir, Conv: conv})
			continue
		}
		b.Down(w, b.Run(b.downsampler(name+".downsamplers.0", w, block)))
	}
}

// downsampler halves the extents of a level without a skip path.
func (b *builder) downsampler(name string, w int, block blockType) unet.Part {
	if block.resnets || block.attention && b.cfg.DownsampleType == "resnet" {
		return b.plain(name, w, w, "down")
	}
	return unet.MakeLayer(&b.Builder, name+".conv", layers.NewDownConv, layers.DownConvConfig{In: w, Out: w, Dims: 2, After: b.cfg.DownsamplePadding == 0})
}

// middle is the step between the ways.
func (b *builder) middle() unet.Stage {
	c := &b.cfg
	w := c.Channels[len(c.Channels)-1]
	scale, groups := 1/c.MidScale, c.groups(w)
	var attend unet.Part
	if c.AddAttention {
		norm := groups
		switch {
		case c.AttnNormGroups != nil:
			norm = *c.AttnNormGroups
		case c.TimeScaleShift == "scale_shift":
			norm = 0
		}
		attend = b.attention("mid_block.attentions.0", w, norm, scale)
	}
	r := layers.ResBlockConfig{In: w, Out: w, Groups: groups, Scale: scale}
	parts := with(b.resnet("mid_block.resnets.0", r), attend)
	return unet.Stage{b.Run(append(parts, b.resnet("mid_block.resnets.1", r))...)}
}

// decode makes the way up.
func (b *builder) decode() {
	c := &b.cfg
	last := len(c.Channels) - 1
	w, pyramid := c.Channels[last], false
	for i, t := range c.UpBlocks {
		name, out := fmt.Sprintf("up_blocks.%d", i), c.Channels[last-i]
		block := blockTypes["up_block_types"][t]
		n := c.LayersPerBlock + 1
		if block.skip {
			n = 1
		}
		attend := b.attentions(name, block, out, n)
		var stages [][]unet.Step
		for j := range c.LayersPerBlock + 1 {
			at, join := fmt.Sprintf("%s.resnets.%d", name, j), b.Skip()
			var parts []unet.Part
			switch {
			case !block.skip:
				parts = with(b.plain(at, w+join, out, ""), attend[j])
			case j < c.LayersPerBlock:
				parts = with(b.skipped(at, w+join, out, groupsOfSkip(w, join, block), ""), nil)
			default:
				parts = with(b.skipped(at, w+join, out, groupsOfSkip(w, join, block), ""), attend[0])
			}
			stages = append(stages, []unet.Step{b.Run(parts...)})
			w = out
		}
		end := &stages[len(stages)-1]
		switch {
		case block.skip:
			*end = append(*end, b.skipUp(name, w, i == last, &pyramid)...)
		case i < last:
			*end = append(*end, b.Run(b.upsampler(name+".upsamplers.0", w, block)))
		}
		for _, s := range stages {
			b.Up(w, s...)
		}
	}
}

// groupsOfSkip is the number of groups of the first norm of a block on the way up, whose input joins w and join channels.
// AttnSkipUpBlock2D divides only the second by 4.
func groupsOfSkip(w, join int, block blockType) int {
	if block.attention {
		return min(w+join/4, 32)
	}
	return quarter(w + join)
}

// upsampler doubles the extents of a level without a skip path.
func (b *builder) upsampler(name string, w int, block blockType) unet.Part {
	if block.resnets || block.attention && b.cfg.UpsampleType == "resnet" {
		return b.plain(name, w, w, "up")
	}
	return unet.MakeLayer(&b.Builder, name, layers.NewUpConv, layers.UpConvConfig{In: w, Out: w, Dims: 2})
}

// skipUp is the end of a level with a skip path: the pyramid of the output, where there is one, is doubled, and before
// the last level it takes what the images say, and they are doubled too.
func (b *builder) skipUp(name string, w int, last bool, pyramid *bool) (steps []unet.Step) {
	var up layers.Layer
	if *pyramid {
		up = b.fir(name, "up")
	}
	switch {
	case !last:
		r := b.skipped(name+".resnet_up", w, w, quarter(w), "up")
		t := unet.OutputPyramid{Up: up}
		t.Head.Act = "silu"
		t.Head.Conv = unet.Make(&b.Builder, name+".skip_conv", layers.NewConv, layers.ConvConfig{In: w, Out: 3, Kernel: layers.EachAxis(2, 3)})
		t.Head.Norm = unet.Make(&b.Builder, name+".skip_norm", layers.NewGroupNorm, layers.GroupNormConfig{Channels: w, Groups: quarter(w), Eps: b.cfg.NormEps, SiLU: true})
		*pyramid = true
		return []unet.Step{t, b.Run(r)}
	case up != nil:
		return []unet.Step{raised{up}}
	}
	return nil
}

// raised doubles the pyramid of the output.
type raised struct{ up layers.Layer }

// Params returns nothing: filters have no parameters.
func (t raised) Params() []*autodiff.Param { return nil }

func (t raised) Forward(s *autodiff.Scope, x unet.State, _, _ autodiff.Var) unet.State {
	x.Aux = t.up.Forward(s, x.Aux)
	return x
}

// feature makes the features of times, of the given width.
func (b *builder) feature() (layers.Embedding, int) {
	c := &b.cfg
	if c.TimeEmbedding == "fourier" {
		const std = 16
		return unet.Make(&b.Builder, "time_proj", layers.NewFourier, layers.FourierConfig{Dim: 2 * c.Channels[0], Std: std, Log: true, Name: "weight"}), 2 * c.Channels[0]
	}
	return unet.Make(&b.Builder, "time_proj", layers.NewSinusoid, layers.SinusoidConfig{Dim: c.Channels[0], SinFirst: !c.FlipSinToCos, Shift: c.FreqShift}), c.Channels[0]
}

// check says which time the network does not take.
func (c *Config) check(t []float64) error {
	for i, v := range t {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return fmt.Errorf("unet: time %v of sample %d is no number", v, i)
		case c.TimeEmbedding == "fourier" && !(v > 0):
			return fmt.Errorf("unet: time %v of sample %d; with time_embedding_type fourier times are noise levels, and positive", v, i)
		}
	}
	return nil
}
