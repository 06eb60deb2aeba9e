package edm

import (
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/unet"
)

// names are its own for the parts of our blocks and of the attention in them.
var names = map[string]string{"norm1": "norm0", "conv1": "conv0", "emb": "affine", "norm2": "norm1", "conv2": "conv1", "norm": "norm2"}

// builder makes the parts of a network of EDM.
type builder struct {
	unet.Builder
	cfg  Config
	song bool // and not Dhariwal
}

// at is the name of a part of level l: dec.32x32_block1.
func (b *builder) at(way string, l int, part string) string {
	r := b.cfg.Kwargs.ImgResolution >> l
	return fmt.Sprintf("%s.%dx%d_%s", way, r, r, part)
}

// last is the level of the lowest resolution.
func (b *builder) last() int { return len(b.cfg.Kwargs.ChannelMult) - 1 }

// width is the number of channels at level l.
func (b *builder) width(l int) int {
	return b.cfg.Kwargs.ModelChannels * b.cfg.Kwargs.ChannelMult[l]
}

// attends says whether level l has attention.
func (b *builder) attends(l int) bool {
	return slices.Contains(b.cfg.Kwargs.AttnResolutions, b.cfg.Kwargs.ImgResolution>>l)
}

// groups is how many groups norms have.
func (b *builder) groups(channels int) int { return min(32, channels/4) }

// eps is added to the variance in every group norm.
func (b *builder) eps() float64 {
	if b.song {
		return 1e-6
	}
	return 1e-5
}

// scale is that of sums.
func (b *builder) scale() float64 {
	if b.song {
		return layers.SqrtHalf
	}
	return 1
}

// heads is the number of heads of attention over channels; with 0 there is no attention.
func (b *builder) heads(channels int) int {
	if b.song {
		return 1
	}
	return channels / 64
}

// filter is what resamples, in the network's own terms: nearest and average for [1,1].
func (b *builder) filter() []float64 {
	if b.song {
		return b.cfg.Kwargs.ResampleFilter
	}
	return []float64{1, 1}
}

// taps are those of the filter for our layers, nil for nearest and average. Going down the original correlates.
func (b *builder) taps(way string) []float64 {
	f := slices.Clone(b.filter())
	if len(f) == 2 && f[0] == f[1] {
		return nil
	}
	if way == "down" {
		slices.Reverse(f)
	}
	return f
}

// conv is a convolution with the given extent.
func (b *builder) conv(name string, in, out, kernel int) *layers.Conv {
	return unet.Make(&b.Builder, name, layers.NewConv, layers.ConvConfig{In: in, Out: out, Kernel: layers.EachAxis(2, kernel)})
}

// res is a residual block that changes the resolution "up", "down", or not at all, and attention after it where there is
// to be any and the channels make a head.
func (b *builder) res(name string, in, out int, change string, attention bool) []unet.Part {
	k := &b.cfg.Kwargs
	c := layers.ResBlockConfig{In: in, Out: out, Emb: k.ModelChannels * k.ChannelMultEmb, Dims: 2, GroupsIn: b.groups(in), Groups: b.groups(out), Eps: b.eps(),
		ScaleShift: !b.song, Resample: change, Skip: b.song && change != "", Dropout: k.Dropout, Scale: b.scale(), Last: layers.Zero()}
	if change != "" {
		c.Taps = b.taps(change)
	}
	p, filter := b.Path.Named(names).At(name), b.filter()
	parts := []unet.Part{unet.MakeAt(&b.Builder, p, func(p layers.Path, c layers.ResBlockConfig) (filteredBlock, error) {
		return newFilteredBlock(p, c, filter, b.Site())
	}, c)}
	if heads := b.heads(out); attention && heads > 0 {
		parts = append(parts, unet.Plain{Layer: unet.MakeAt(&b.Builder, p, layers.NewSelfAttention, layers.SelfAttentionConfig{Channels: out, Heads: heads, Packing: layers.HeadD,
			Dims: 2, Groups: b.groups(out), Eps: b.eps(), Scale: b.scale(), Init: layers.Zero()})})
	}
	return parts
}

// filteredBlock is a block among whose parameters the original has the filter that it resamples with, once for its first
// convolution and once for the skip.
type filteredBlock struct {
	unet.Residual
	params []*autodiff.Param
}

func newFilteredBlock(p layers.Path, c layers.ResBlockConfig, filter []float64, site int) (filteredBlock, error) {
	r, err := layers.NewResBlock(p, c)
	if err != nil {
		return filteredBlock{}, err
	}
	e := filteredBlock{unet.Residual{ResBlock: r, Site: site}, r.Params()}
	if c.Resample != "" {
		const first = 4 // norm0 and conv0 come before
		e.params = slices.Insert(slices.Clone(e.params), first, resampleFilter(p.At("conv0"), filter))
		e.params = append(e.params, resampleFilter(p.At("skip"), filter))
	}
	return e, nil
}

// Params returns the parameters of the block with its filters.
func (e filteredBlock) Params() []*autodiff.Param { return e.params }

// resampleFilter is the buffer with a filter, f f' over the square of its sum: [1,1,n,n].
func resampleFilter(p layers.Path, f []float64) *autodiff.Param {
	n, sum := len(f), 0.0
	for _, v := range f {
		sum += v
	}
	w := p.Buffer("resample_filter", autodiff.S(1, 1, n, n), 0)
	for i := range w.Data() {
		w.Data()[i] = float32(f[i/n] * f[i%n] / (sum * sum))
	}
	return w
}

// withFilter is a layer with the buffer of its filter.
type withFilter struct {
	layers.Layer
	params []*autodiff.Param
}

// Params returns the parameters of the layer with its filter.
func (f withFilter) Params() []*autodiff.Param { return f.params }

// resample halves or doubles the extents, of a pyramid.
func (b *builder) resample(name, way string) layers.Layer {
	return b.filtered(name, func(p layers.Path, _ []float64) (layers.Layer, error) {
		switch taps := b.taps(way); {
		case taps != nil:
			return layers.NewFIR(p, layers.FIRConfig{Taps: taps, Dims: 2, Mode: way})
		case way == "up":
			return unet.Doubling{}, nil
		}
		return layers.NewAvgPool(p, 2, 2)
	})
}

// halve is a convolution of a pyramid and then the filter.
func (b *builder) halve(name string, in, out int) layers.Layer {
	return b.filtered(name, func(p layers.Path, filter []float64) (layers.Layer, error) {
		taps := slices.Clone(filter)
		slices.Reverse(taps)
		return layers.NewFIRConv(p, layers.FIRConvConfig{In: in, Out: out, Taps: taps, Dims: 2, Mode: "down"})
	})
}

// filtered is a layer called name, with its filter.
func (b *builder) filtered(name string, make func(p layers.Path, filter []float64) (layers.Layer, error)) layers.Layer {
	return unet.Make(&b.Builder, name, func(p layers.Path, filter []float64) (withFilter, error) {
		l, err := make(p, filter)
		if err != nil {
			return withFilter{}, err
		}
		return withFilter{l, append(slices.Clone(l.Params()), resampleFilter(p, filter))}, nil
	}, b.filter())
}

// head is norm, SiLU and the last convolution.
func (b *builder) head(norm, conv string, in int) unet.Head {
	g := unet.Make(&b.Builder, norm, layers.NewGroupNorm, layers.GroupNormConfig{Channels: in, Groups: b.groups(in), Eps: b.eps(), SiLU: true})
	return unet.Head{Norm: g, Act: "silu", Conv: unet.Make(&b.Builder, conv, layers.NewConv, layers.ConvConfig{In: in, Out: b.cfg.OutChannels(), Kernel: layers.EachAxis(2, 3), Init: layers.Zero()})}
}
