package scoresde

import (
	"fmt"
	"slices"

	"tweedie/layers"
	"tweedie/unet"
)

// activations are ours for those of score_sde.
var activations = map[string]layers.Activation{"swish": "silu", "elu": "elu", "relu": "relu", "lrelu": "lrelu"}

// names are its own for the parts of our blocks; those of blocks whose skip is a NIN differ in that.
var (
	names = map[string]string{"norm1": "GroupNorm_0", "conv1": "Conv_0", "emb": "Dense_0", "norm2": "GroupNorm_1", "conv2": "Conv_1",
		"skip": "Conv_2", "norm": "GroupNorm_0", "q": "NIN_0", "k": "NIN_1", "v": "NIN_2", "proj": "NIN_3", "conv": "Conv_0"}
	namesWithNIN = func() map[string]string {
		m := map[string]string{}
		for k, v := range names {
			m[k] = v
		}
		m["skip"] = "NIN_0"
		return m
	}()
)

// eps is added to the variance in every group norm.
const eps = 1e-6

// builder makes the parts of a network of score_sde.
type builder struct {
	unet.Builder
	cfg   Config
	flax  bool           // modules are numbered by class, not all in a row
	count map[string]int // modules so far, by class; under "" in a row
}

// module is the name of the next module, which is of a class. One without parameters has a number too.
func (b *builder) module(class string) string {
	name := "all_modules."
	if b.flax {
		name = class + "_"
	} else {
		class = ""
	}
	k := b.count[class]
	b.count[class]++
	return fmt.Sprint(name, k)
}

// apart is module for one that only the flax network has in the row.
func (b *builder) apart(class string) string {
	if b.flax {
		return b.module(class)
	}
	return class
}

// class is the name of a class, of which ncsnpp has its own.
func (b *builder) class(name string) string {
	if b.cfg.Model.Name == "ncsnpp" {
		return name + "pp"
	}
	return name
}

// groups is how many groups norms have: 32, or in ncsnpp a quarter of the channels where that is less.
func (b *builder) groups(channels int) int {
	if b.cfg.Model.Name == "ddpm" {
		return 32
	}
	return min(channels/4, 32)
}

// scale is that of sums.
func (b *builder) scale() float64 {
	if b.cfg.Model.SkipRescale {
		return layers.SqrtHalf
	}
	return 1
}

// taps are those of the filter, nil where repetition and averages resample.
func (b *builder) taps() []float64 {
	if b.cfg.Model.FIR {
		return b.cfg.Model.FIRKernel
	}
	return nil
}

// conv is a convolution with the given extent.
func (b *builder) conv(name string, in, out, kernel int, init layers.Init) *layers.Conv {
	return unet.Make(&b.Builder, name, layers.NewConv, layers.ConvConfig{In: in, Out: out, Kernel: layers.EachAxis(2, kernel), Init: init})
}

// res is a residual block that changes the resolution "up", "down", or not at all.
func (b *builder) res(in, out int, change string) unet.Part {
	m := &b.cfg.Model
	c := layers.ResBlockConfig{In: in, Out: out, Dims: 2, GroupsIn: b.groups(in), Groups: b.groups(out), Eps: eps, Act: activations[m.Nonlinearity],
		Resample: change, Taps: b.taps(), Skip: change != "", Dropout: m.Dropout, Scale: b.scale(), Last: layers.Zero()}
	if m.Conditional {
		c.Emb = 4 * m.NF
	}
	names, class := names, "ResnetBlockBigGANpp"
	if m.ResblockType == "ddpm" {
		names, class, c.SkipLayout = namesWithNIN, b.class("ResnetBlockDDPM"), layers.InOut
	}
	r := unet.MakeAt(&b.Builder, b.Path.Named(names).At(b.module(class)), layers.NewResBlock, c)
	return unet.Residual{ResBlock: r, Site: b.Site()}
}

// attention is self-attention with one head.
func (b *builder) attention(channels int) unet.Part {
	return unet.Plain{Layer: unet.MakeAt(&b.Builder, b.Path.Named(names).At(b.module(b.class("AttnBlock"))), layers.NewSelfAttention, layers.SelfAttentionConfig{
		Channels: channels, Heads: 1, Layout: layers.InOut, Groups: b.groups(channels), Eps: eps, Scale: b.scale(), Init: layers.Zero()})}
}

// resize halves or doubles the extents, with a convolution or without, filtered or not.
func (b *builder) resize(name string, in, out int, up, conv bool) layers.Layer {
	p, mode := b.Path.Named(names).At(name), "down"
	if up {
		mode = "up"
	}
	switch taps := b.taps(); {
	case taps != nil && conv:
		return unet.MakeAt(&b.Builder, p.At("Conv2d_0"), layers.NewFIRConv, layers.FIRConvConfig{In: in, Out: out, Taps: taps, Dims: 2, Mode: mode})
	case taps != nil:
		return unet.MakeAt(&b.Builder, p, layers.NewFIR, layers.FIRConfig{Taps: taps, Dims: 2, Mode: mode})
	case up && conv:
		return unet.MakeAt(&b.Builder, p, layers.NewUpConv, layers.UpConvConfig{In: in, Out: out, Dims: 2})
	case up:
		return unet.Doubling{}
	case conv:
		return unet.MakeAt(&b.Builder, p.At("conv"), layers.NewDownConv, layers.DownConvConfig{In: in, Out: out, Dims: 2, After: true})
	}
	return unet.MakeAt(&b.Builder, p, func(p layers.Path, n int) (*layers.AvgPool, error) { return layers.NewAvgPool(p, n, 2) }, 2)
}

// head is norm, nonlinearity and convolution.
func (b *builder) head(in, out int, init layers.Init) unet.Head {
	act := activations[b.cfg.Model.Nonlinearity]
	norm := unet.Make(&b.Builder, b.module("GroupNorm"), layers.NewGroupNorm, layers.GroupNormConfig{Channels: in, Groups: b.groups(in), Eps: eps, SiLU: act == "silu"})
	return unet.Head{Norm: norm, Act: act, Conv: b.conv(b.module("Conv"), in, out, 3, init)}
}

// attends says whether level l has attention.
func (b *builder) attends(l int) bool {
	return slices.Contains(b.cfg.Model.AttnResolutions, b.cfg.Data.ImageSize>>l)
}
