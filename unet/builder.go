package unet

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// builder makes the parts of a network until one fails, and gathers their parameters in order.
type builder struct {
	path   layers.Path
	cfg    Config
	params []*autodiff.Param
	sites  int // blocks so far
	err    error
}

// part makes the part called name.
func part[M layers.Module, C any](b *builder, name string, make func(layers.Path, C) (M, error), c C) (m M) {
	if b.err == nil {
		if m, b.err = make(b.path.At(name), c); b.err == nil {
			b.params = append(b.params, m.Params()...)
		}
	}
	return m
}

// stage is steps in turn; where the config says so, derivatives compute it again.
func (b *builder) stage(steps ...step) *stage {
	if b.err != nil {
		return nil
	}
	return newStage(b.cfg.UseCheckpoint, steps...)
}

// stem is the first convolution, to width channels.
func (b *builder) stem(name string, width int) *stage {
	conv := part(b, name, layers.NewConv, layers.ConvConfig{In: b.cfg.InChannels, Out: width, Kernel: layers.Uniform(b.cfg.Dims, 3)})
	if b.err != nil {
		return nil
	}
	return newStage(false, plain{conv})
}

// block is a residual block that changes the resolution "up", "down", or not at all.
func (b *builder) block(name string, in, out int, change string) step {
	b.sites++
	return block{part(b, name, layers.NewResBlock, layers.ResBlockConfig{In: in, Out: out, Emb: b.cfg.embedding(), Dims: b.cfg.Dims,
		Groups: b.cfg.NormGroups, Eps: eps, ScaleShift: b.cfg.ScaleShiftNorm, Resample: change, Factor: b.cfg.factor(),
		Dropout: b.cfg.Dropout, Last: layers.Zero()}), b.sites}
}

// attention is self-attention with the given number of heads where the config does not fix their channels.
func (b *builder) attention(name string, width, heads int) step {
	packing := layers.HeadQKV
	if b.cfg.NewAttentionOrder {
		packing = layers.QKVHead
	}
	if b.cfg.NumHeadChannels > 0 {
		heads = width / b.cfg.NumHeadChannels
	}
	return plain{part(b, name, layers.NewSelfAttention, layers.SelfAttentionConfig{Channels: width, Heads: heads, Packing: packing,
		Groups: b.cfg.NormGroups, Eps: eps, Init: layers.Zero()})}
}

// resample changes the resolution "up" or "down" between two levels.
func (b *builder) resample(name string, width int, change string) step {
	if b.cfg.ResblockUpdown {
		return b.block(name, width, width, change)
	}
	return plain{part(b, name, func(p layers.Path, up bool) (*resample, error) { return newResample(p, &b.cfg, width, up) }, change == "up")}
}
