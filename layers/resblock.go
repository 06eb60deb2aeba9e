package layers

import (
	"math"

	"tweedie/autodiff"
)

// ResBlockConfig is the configuration of a ResBlock.
type ResBlockConfig struct {
	In         int        `json:"in"`
	Out        int        `json:"out"`
	Emb        int        `json:"emb,omitempty"` // width of the embedding; 0 for none
	Dims       int        `json:"dims"`
	GroupsIn   int        `json:"groups_in,omitempty"`   // of norm1; 0 takes that of Groups
	Groups     int        `json:"groups,omitempty"`      // of both norms; 0 takes the usual number for the channels
	Eps        float64    `json:"eps,omitempty"`         // 0 is 1e-5
	Act        Activation `json:"act,omitempty"`         // "" is silu
	ScaleShift bool       `json:"scale_shift,omitempty"` // norm(h)(1+scale)+shift instead of norm(h+e)
	EmbSiLU    bool       `json:"emb_silu,omitempty"`    // this block applies SiLU to the embedding
	Resample   string     `json:"resample,omitempty"`    // "up" or "down" by Factor: nearest or average
	Taps       []float64  `json:"taps,omitempty"`        // when given, resample by 2 with the FIR filter of these taps
	Factor     []int      `json:"factor,omitempty"`      // per spatial axis; nil is 2 along each
	Skip       bool       `json:"skip,omitempty"`        // convolve the skip even when In and Out are equal
	SkipLayout Layout     `json:"skip_layout,omitempty"` // "" for a 1x1 Conv, else a Pointwise of that layout
	Dropout    float64    `json:"dropout,omitempty"`     // fraction of conv2's input that ForwardTrain drops
	Scale      float64    `json:"scale,omitempty"`       // multiplies the sum; 0 is 1, sqrt(1/2) in ncsnpp
	Last       Init       `json:"last,omitzero"`         // of conv2
}

// ResBlock is the residual block of score networks (Ho et al. 2020; Dhariwal and Nichol 2021):
//
//	h = conv1(resample(act(norm1(x))))      nearest upsampling is part of the convolution
//	h = norm2(h + A e)   or   norm2(h)(1 + scale) + shift with (scale, shift) = A e
//	y = Scale (skip(resample(x)) + conv2(act(h)))
//
// x [B,In,...], e [B,Emb] -> y [B,Out,...]. Parts: norm1, conv1, emb (Linear A), norm2, conv2, and skip when In and
// Out differ or Skip says so.
type ResBlock struct {
	name         string
	cfg          ResBlockConfig
	norm1, norm2 *GroupNorm
	conv1, conv2 *Conv
	emb          *Linear
	fir          *FIR  // nil for nearest and average
	skip         Layer // nil for the identity
	params       []*autodiff.Param
}

// groups returns the number of groups that published networks use for c channels: the largest divisor of c that is at
// most 32 and at most c/4.
func groups(c int) int {
	for g := min(32, c/4); g > 1; g-- {
		if c%g == 0 {
			return g
		}
	}
	return 1
}

// NewResBlock makes a ResBlock with parts named and seeded by path p. The error says what in c is wrong.
func NewResBlock(p Path, c ResBlockConfig) (*ResBlock, error) {
	switch c.Resample {
	case "", "up", "down":
	default:
		return nil, p.Errorf("residual block", "unknown resample %q; want up, down or none", c.Resample)
	}
	if err := p.axes("residual block", c.Dims, 1); err != nil {
		return nil, err
	}
	if !finite(c.Scale) || c.Emb < 0 {
		return nil, p.Errorf("residual block", "scale %g and emb %d: want a finite number, and none negative", c.Scale, c.Emb)
	}
	if c.Eps == 0 {
		c.Eps = 1e-5
	}
	if c.Scale == 0 {
		c.Scale = 1
	}
	if c.Act == "" {
		c.Act = "silu"
	}
	if err := c.Act.validate(p, "residual block"); err != nil {
		return nil, err
	}
	if c.Factor == nil {
		c.Factor = EachAxis(c.Dims, 2)
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) {
		return nil, p.Errorf("residual block", "dropout %g: want at least 0 and less than 1", c.Dropout)
	}
	if len(c.Factor) != c.Dims {
		return nil, p.Errorf("residual block", "factor %v: want %d entries, one per spatial axis", c.Factor, c.Dims)
	}
	r := &ResBlock{name: p.Local(), cfg: c}
	first, second := c.GroupsIn, c.Groups
	if first == 0 {
		first = c.Groups
	}
	if first == 0 {
		first = groups(c.In)
	}
	if second == 0 {
		second = groups(c.Out)
	}
	b := parts{at: p}
	if c.Resample != "" && c.Taps != nil {
		r.fir = add(&b, "fir", NewFIR, FIRConfig{Taps: c.Taps, Dims: c.Dims, Mode: c.Resample})
	}
	fused := c.Act == "silu"
	r.norm1 = add(&b, "norm1", NewGroupNorm, GroupNormConfig{Channels: c.In, Groups: first, Eps: c.Eps, SiLU: fused})
	conv1 := ConvConfig{In: c.In, Out: c.Out, Kernel: EachAxis(c.Dims, 3)}
	if r.repeats() {
		conv1.Upsample = c.Factor
	}
	r.conv1 = add(&b, "conv1", NewConv, conv1)
	modulated := c.Emb > 0 && c.ScaleShift // then the nonlinearity follows the modulation
	if c.Emb > 0 {
		width := c.Out
		if c.ScaleShift {
			width *= 2
		}
		r.emb = add(&b, "emb", NewLinear, LinearConfig{In: c.Emb, Out: width})
	}
	r.norm2 = add(&b, "norm2", NewGroupNorm, GroupNormConfig{Channels: c.Out, Groups: second, Eps: c.Eps, SiLU: fused && !modulated})
	r.conv2 = add(&b, "conv2", NewConv, ConvConfig{In: c.Out, Out: c.Out, Kernel: EachAxis(c.Dims, 3), Init: c.Last})
	switch {
	case c.In == c.Out && !c.Skip:
	case c.SkipLayout != "":
		r.skip = add(&b, "skip", NewPointwise, PointwiseConfig{In: c.In, Out: c.Out, Layout: c.SkipLayout})
	default:
		r.skip = add(&b, "skip", NewConv, ConvConfig{In: c.In, Out: c.Out, Kernel: EachAxis(c.Dims, 1)})
	}
	r.params = b.params
	if b.err != nil {
		return nil, b.err
	}
	return r, nil
}

// Params returns the parameters of norm1, conv1, emb, norm2, conv2 and skip, where they exist, in this order.
func (b *ResBlock) Params() []*autodiff.Param { return b.params }

// Forward evaluates the block at x [B,In,...] and e [B,Emb]; a block that takes no embedding ignores e.
// It panics with a *autodiff.ShapeError when one of them does not fit.
func (b *ResBlock) Forward(s *autodiff.Scope, x, e autodiff.Var) autodiff.Var {
	return b.ForwardTrain(s, x, e, autodiff.Var{}, 0)
}

// ForwardTrain does the same as Forward with Dropout under seeds from Seeds; site is the block's place in its
// network. The zero Var for seeds drops nothing.
func (b *ResBlock) ForwardTrain(s *autodiff.Scope, x, e, seeds autodiff.Var, site int) autodiff.Var {
	c := s.Enter(b.name)
	second := c.Child()
	first := second.Child()
	h := b.norm1.Forward(first, x)
	if b.cfg.Act != "silu" {
		h = b.cfg.Act.Apply(first, h)
	}
	if !b.repeats() {
		h = b.resample(first, h)
	}
	h = b.conv1.plus(first, h, b.shift(first, e), autodiff.Var{})
	first.Close(h)
	h = b.modulate(second, h, e)
	if b.cfg.Dropout > 0 && !seeds.IsZero() {
		h = Dropout(second, h, seeds, b.cfg.Dropout, site)
	}
	x = b.resample(second, x)
	if b.skip != nil {
		x = b.skip.Forward(second, x)
	}
	y := b.conv2.plus(second, h, autodiff.Var{}, x)
	second.Close(y)
	if b.cfg.Scale != 1 {
		y = c.Scale(y, b.cfg.Scale)
	}
	c.Close(y)
	return y
}

// shift returns the vector [B,Out] that conv1 adds for the embedding; the zero Var for none.
func (b *ResBlock) shift(s *autodiff.Scope, e autodiff.Var) autodiff.Var {
	if b.emb == nil || b.cfg.ScaleShift {
		return autodiff.Var{}
	}
	return b.affine(s, e)
}

// modulate applies the second norm and the nonlinearity to h, with the embedding's scale and shift if any.
func (b *ResBlock) modulate(s *autodiff.Scope, h, e autodiff.Var) autodiff.Var {
	c := s.Child()
	if b.emb != nil && b.cfg.ScaleShift {
		a := b.affine(c, e)
		n := b.cfg.Out
		h = b.norm2.modulated(c, h, c.AddScalar(c.Slice(a, 1, 0, n), 1), c.Slice(a, 1, n, 2*n), b.cfg.Act == "silu")
	} else {
		h = b.norm2.Forward(c, h)
	}
	if b.cfg.Act != "silu" {
		h = b.cfg.Act.Apply(c, h)
	}
	c.Close(h)
	return h
}

func (b *ResBlock) affine(s *autodiff.Scope, e autodiff.Var) autodiff.Var {
	if b.cfg.EmbSiLU {
		e = s.SiLU(e)
	}
	return b.emb.Forward(s, e)
}

// repeats reports whether the block upsamples by repeating elements; then conv1 does it on reading.
func (b *ResBlock) repeats() bool { return b.cfg.Resample == "up" && b.cfg.Taps == nil }

func (b *ResBlock) resample(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	switch {
	case b.fir != nil:
		return b.fir.Forward(s, x)
	case b.cfg.Resample == "up":
		return s.UpNearest(x, b.cfg.Factor...)
	case b.cfg.Resample == "down":
		return s.AvgPool(x, b.cfg.Factor...)
	}
	return x
}

// SqrtHalf is the scale 1/sqrt(2) that keeps the variance of a sum of two independent terms.
const SqrtHalf = 1 / math.Sqrt2
