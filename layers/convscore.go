package layers

import (
	"fmt"
	"strconv"

	"tweedie/autodiff"
)

// ConvScoreConfig is the configuration of a ConvScore.
type ConvScoreConfig struct {
	In       int         `json:"in"`            // channels of an image
	Out      int         `json:"out,omitempty"` // channels of the result; 0 is In
	Dims     int         `json:"dims"`          // spatial axes
	Channels []int       `json:"channels"`      // width at every level; extents halve from one level to the next, rounded up
	Blocks   int         `json:"blocks"`        // residual blocks per level on the way down, and again on the way up
	Heads    int         `json:"heads"`         // attention at the last level; 0 for none
	Label    LabelConfig `json:"label"`
}

// DefaultConvScore returns the configuration for images of 8x8 to 32x32 pixels with in channels: 0.56 million
// parameters, two levels, attention at half resolution.
func DefaultConvScore(in int) ConvScoreConfig {
	return ConvScoreConfig{In: in, Dims: 2, Channels: []int{32, 64}, Blocks: 2, Heads: 4,
		Label: LabelConfig{Kind: "fourier", Std: 1, Dim: 64, Width: 128}}
}

// ConvScore is a small U-Net of residual blocks whose norms are scaled and shifted by the embedding of one label per
// sample: x [B,In,n,...], labels [B] -> y [B,Out,n,...], for extents of any size. The last convolution starts at
// zero, so the network starts as the zero function. Parts: label, in (Conv), down.l.{k} (ResBlock), down.l.half
// (Conv), mid.{0,attn,1}, up.l.{double (UpConv),k}, norm, out (Conv).
type ConvScore struct {
	name      string
	cfg       ConvScoreConfig
	label     *label
	in, out   *Conv
	norm      *GroupNorm
	down, up  [][]*ResBlock
	half      []*Conv
	double    []*UpConv
	mid       [2]*ResBlock
	attention *SelfAttention
	params    []*autodiff.Param
}

// NewConvScore makes a ConvScore with parameters named and seeded by path p. Out = 0 stands for In. The error says what
// in c is wrong.
func NewConvScore(p Path, c ConvScoreConfig) (*ConvScore, error) {
	if c.Out == 0 {
		c.Out = c.In
	}
	if len(c.Channels) == 0 || len(c.Channels) > 8 || c.Blocks < 1 {
		return nil, p.Errorf("conv score", "channels %v and blocks %d: want 1 to 8 levels and at least one block", c.Channels, c.Blocks)
	}
	if err := p.axes("conv score", c.Dims, 1); err != nil {
		return nil, err
	}
	if c.Heads < 0 {
		return nil, p.Errorf("conv score", "heads %d: want a divisor of the last width, or 0 for no attention", c.Heads)
	}
	n := &ConvScore{name: p.Local(), cfg: c}
	b := parts{at: p}
	const most = 1 << 16
	for _, w := range c.Channels {
		if w < 1 || w > most {
			return nil, p.Errorf("conv score", "channels %v: want every width in 1..%d", c.Channels, most)
		}
	}
	if c.Blocks > most/256 || c.Label.Dim > most || c.Label.Width > most || c.Out > most {
		return nil, p.Errorf("conv score", "blocks %d, label dim %d and width %d, out %d: want at most %d, and %d for the others", c.Blocks, c.Label.Dim, c.Label.Width, c.Out, most/256, most)
	}
	width, last := c.Channels, len(c.Channels)-1
	block := func(name string, in, out int) *ResBlock {
		return add(&b, name, NewResBlock, ResBlockConfig{In: in, Out: out, Emb: c.Label.Width, Dims: c.Dims, ScaleShift: true, Last: FanIn(1. / 30)})
	}
	n.label = add(&b, "label", newLabel, c.Label)
	n.in = add(&b, "in", NewConv, ConvConfig{In: c.In, Out: width[0], Kernel: EachAxis(c.Dims, 3)})
	for l, w := range width {
		var blocks []*ResBlock
		for k := range c.Blocks {
			blocks = append(blocks, block("down."+strconv.Itoa(l)+"."+strconv.Itoa(k), w, w))
		}
		n.down = append(n.down, blocks)
		if l < last {
			n.half = append(n.half, add(&b, "down."+strconv.Itoa(l)+".half", NewDownConv, DownConvConfig{In: w, Out: width[l+1], Dims: c.Dims}))
		}
	}
	n.mid[0] = block("mid.0", width[last], width[last])
	if c.Heads > 0 {
		n.attention = add(&b, "mid.attn", NewSelfAttention, SelfAttentionConfig{Channels: width[last], Heads: c.Heads, Packing: QKVHead,
			Groups: groups(width[last]), Eps: 1e-5, Init: FanIn(1. / 30)})
	}
	n.mid[1] = block("mid.1", width[last], width[last])
	n.up, n.double = make([][]*ResBlock, last), make([]*UpConv, last)
	for l := last - 1; l >= 0; l-- {
		w := width[l]
		n.double[l] = add(&b, "up."+strconv.Itoa(l)+".double", NewUpConv, UpConvConfig{In: width[l+1], Out: w, Dims: c.Dims})
		for k := range c.Blocks {
			in := w
			if k == 0 {
				in = 2 * w
			}
			n.up[l] = append(n.up[l], block("up."+strconv.Itoa(l)+"."+strconv.Itoa(k), in, w))
		}
	}
	n.norm = add(&b, "norm", NewGroupNorm, GroupNormConfig{Channels: width[0], Groups: groups(width[0]), Eps: 1e-5, SiLU: true})
	n.out = add(&b, "out", NewConv, ConvConfig{In: width[0], Out: c.Out, Kernel: EachAxis(c.Dims, 3), Init: Zero()})
	n.params = b.params
	if b.err != nil {
		return nil, b.err
	}
	return n, nil
}

// Params returns the parameters of the parts, in order.
func (n *ConvScore) Params() []*autodiff.Param { return n.params }

// Config returns the configuration that the network was made with.
func (n *ConvScore) Config() ConvScoreConfig { return n.cfg }

// Forward evaluates the network at x [B,In,n,...] with labels v.
// It panics with a *autodiff.ShapeError when x has other axes or channels, or not one sample per label.
func (n *ConvScore) Forward(s *autodiff.Scope, x autodiff.Var, v []float64) autodiff.Var {
	c := s.Enter(n.name)
	labels(c, x, v)
	e := n.label.Forward(c, v)
	var skips [8]autodiff.Var
	h := n.in.Forward(c, x)
	for l, blocks := range n.down {
		for _, b := range blocks {
			h = b.Forward(c, h, e)
		}
		if l < len(n.half) {
			skips[l] = h
			h = n.half[l].Forward(c, h)
		}
	}
	h = n.mid[0].Forward(c, h, e)
	if n.attention != nil {
		h = n.attention.Forward(c, h)
	}
	h = n.mid[1].Forward(c, h, e)
	for l := len(n.up) - 1; l >= 0; l-- {
		h = n.double[l].ForwardLike(c, h, skips[l])
		h = c.Concat(1, h, skips[l])
		for _, b := range n.up[l] {
			h = b.Forward(c, h, e)
		}
	}
	y := n.out.Forward(c, n.norm.Forward(c, h))
	c.Close(y)
	return y
}

// labels panics unless there is one label per sample of x.
func labels(s *autodiff.Scope, x autodiff.Var, v []float64) {
	if sh := x.Shape(); sh.Rank() == 0 || sh.Dim(0) != len(v) {
		panic(&autodiff.ShapeError{Op: "labels", Module: s.Path(), Shapes: []autodiff.Shape{sh}, Msg: fmt.Sprintf("%d labels; want one per sample", len(v))})
	}
}
