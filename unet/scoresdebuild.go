package unet

import (
	"fmt"
	"slices"

	"tweedie/layers"
)

// activations are ours for those of score_sde.
var activations = map[string]layers.Activation{"swish": "silu", "elu": "elu", "relu": "relu", "lrelu": "lrelu"}

// namesOfScoreSDE are its own for the parts of our blocks; those of blocks whose skip is a NIN differ in that.
var (
	namesOfScoreSDE = map[string]string{"norm1": "GroupNorm_0", "conv1": "Conv_0", "emb": "Dense_0", "norm2": "GroupNorm_1", "conv2": "Conv_1",
		"skip": "Conv_2", "norm": "GroupNorm_0", "q": "NIN_0", "k": "NIN_1", "v": "NIN_2", "proj": "NIN_3", "conv": "Conv_0"}
	namesWithNIN = func() map[string]string {
		m := map[string]string{}
		for k, v := range namesOfScoreSDE {
			m[k] = v
		}
		m["skip"] = "NIN_0"
		return m
	}()
)

// epsOfScoreSDE is added to the variance in every group norm.
const epsOfScoreSDE = 1e-6

// sdeBuilder makes the parts of a network of score_sde.
type sdeBuilder struct {
	builder
	cfg   ScoreSDEConfig
	flax  bool           // modules are numbered by class, not all in a row
	count map[string]int // modules so far, by class; under "" in a row
}

// module is the name of the next module, which is of a class. One without parameters has a number too.
func (b *sdeBuilder) module(class string) string {
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
func (b *sdeBuilder) apart(class string) string {
	if b.flax {
		return b.module(class)
	}
	return class
}

// class is the name of a class, of which ncsnpp has its own.
func (b *sdeBuilder) class(name string) string {
	if b.cfg.Model.Name == "ncsnpp" {
		return name + "pp"
	}
	return name
}

// groups is how many groups norms have: 32, or in ncsnpp a quarter of the channels where that is less.
func (b *sdeBuilder) groups(channels int) int {
	if b.cfg.Model.Name == "ddpm" {
		return 32
	}
	return min(channels/4, 32)
}

// scale is that of sums.
func (b *sdeBuilder) scale() float64 {
	if b.cfg.Model.SkipRescale {
		return layers.SqrtHalf
	}
	return 1
}

// taps are those of the filter, nil where repetition and averages resample.
func (b *sdeBuilder) taps() []float64 {
	if b.cfg.Model.FIR {
		return b.cfg.Model.FIRKernel
	}
	return nil
}

// conv is a convolution with the given extent.
func (b *sdeBuilder) conv(name string, in, out, kernel int, init layers.Init) *layers.Conv {
	return part(&b.builder, name, layers.NewConv, layers.ConvConfig{In: in, Out: out, Kernel: layers.EachAxis(2, kernel), Init: init})
}

// res is a residual block that changes the resolution "up", "down", or not at all.
func (b *sdeBuilder) res(in, out int, change string) images {
	m := &b.cfg.Model
	c := layers.ResBlockConfig{In: in, Out: out, Dims: 2, GroupsIn: b.groups(in), Groups: b.groups(out), Eps: epsOfScoreSDE, Act: activations[m.Nonlinearity],
		Resample: change, Taps: b.taps(), Skip: change != "", Dropout: m.Dropout, Scale: b.scale(), Last: layers.Zero()}
	if m.Conditional {
		c.Emb = 4 * m.NF
	}
	names, class := namesOfScoreSDE, "ResnetBlockBigGANpp"
	if m.ResblockType == "ddpm" {
		names, class, c.SkipLayout = namesWithNIN, b.class("ResnetBlockDDPM"), layers.InOut
	}
	b.sites++
	return block{partAt(&b.builder, b.path.Named(names).At(b.module(class)), layers.NewResBlock, c), b.sites}
}

// attention is self-attention with one head.
func (b *sdeBuilder) attention(channels int) images {
	return plain{partAt(&b.builder, b.path.Named(namesOfScoreSDE).At(b.module(b.class("AttnBlock"))), layers.NewSelfAttention, layers.SelfAttentionConfig{
		Channels: channels, Heads: 1, Layout: layers.InOut, Groups: b.groups(channels), Eps: epsOfScoreSDE, Scale: b.scale(), Init: layers.Zero()})}
}

// resize halves or doubles the extents, with a convolution or without, filtered or not.
func (b *sdeBuilder) resize(name string, in, out int, up, conv bool) layers.Layer {
	p, mode := b.path.Named(namesOfScoreSDE).At(name), "down"
	if up {
		mode = "up"
	}
	switch taps := b.taps(); {
	case taps != nil && conv:
		return partAt(&b.builder, p.At("Conv2d_0"), layers.NewFIRConv, layers.FIRConvConfig{In: in, Out: out, Taps: taps, Dims: 2, Mode: mode})
	case taps != nil:
		return partAt(&b.builder, p, layers.NewFIR, layers.FIRConfig{Taps: taps, Dims: 2, Mode: mode})
	case up && conv:
		return partAt(&b.builder, p, layers.NewUpConv, layers.UpConvConfig{In: in, Out: out, Dims: 2})
	case up:
		return nearest2{}
	case conv:
		return partAt(&b.builder, p.At("conv"), layers.NewDownConv, layers.DownConvConfig{In: in, Out: out, Dims: 2, After: true})
	}
	return partAt(&b.builder, p, func(p layers.Path, n int) (*layers.AvgPool, error) { return layers.NewAvgPool(p, n, 2) }, 2)
}

// head is norm, nonlinearity and convolution.
func (b *sdeBuilder) head(in, out int, init layers.Init) head {
	act := activations[b.cfg.Model.Nonlinearity]
	norm := part(&b.builder, b.module("GroupNorm"), layers.NewGroupNorm, layers.GroupNormConfig{Channels: in, Groups: b.groups(in), Eps: epsOfScoreSDE, SiLU: act == "silu"})
	return head{norm, act, b.conv(b.module("Conv"), in, out, 3, init)}
}

// attends says whether level l has attention.
func (b *sdeBuilder) attends(l int) bool {
	return slices.Contains(b.cfg.Model.AttnResolutions, b.cfg.Data.ImageSize>>l)
}

// newStem is a first convolution, which derivatives need not compute again.
func newStem(conv *layers.Conv) step {
	if conv == nil {
		return nil
	}
	return newRun(false, plain{conv})
}
