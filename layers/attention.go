package layers

import (
	"fmt"

	"tweedie/autodiff"
)

// Packing is the order of the channels in a fused projection to queries, keys and values, outermost first, with d
// channels per head.
type Packing string

// The packings of published networks.
const (
	HeadQKV Packing = "head_qkv_d" // [head][q,k,v][d]: ADM by default ("legacy")
	QKVHead Packing = "qkv_head_d" // [q,k,v][head][d]: ADM's new order, and separate projections concatenated
	HeadD   Packing = "head_d_qkv" // [head][d][q,k,v]: EDM
)

// attend applies softmax attention over positions, y_i = sum_j softmax_j(q_i . k_j / sqrt(d)) v_j in every head: qkv
// [B,3C,N] -> y [B,C,N] with channels [head][d]. It panics with a *autodiff.ShapeError when 3C is not three times a
// multiple of heads, and with a *autodiff.ValueError when the packing is unknown.
func attend(s *autodiff.Scope, qkv autodiff.Var, heads int, packing Packing) autodiff.Var {
	c := s.Enter("attend")
	sh := qkv.Shape()
	if sh.Rank() != 3 || heads < 1 || sh.Dim(1) == 0 || sh.Dim(1)%(3*heads) != 0 {
		panic(&autodiff.ShapeError{Op: "attend", Module: c.Path(), Shapes: []autodiff.Shape{sh}, Msg: fmt.Sprintf("want [B,3C,N] with C a multiple of %d heads", heads)})
	}
	d := sh.Dim(1) / (3 * heads)
	var at autodiff.QKV
	switch packing {
	case HeadQKV:
		at = autodiff.QKV{Head: 3 * d, Part: d, Channel: 1}
	case QKVHead:
		at = autodiff.QKV{Head: d, Part: heads * d, Channel: 1}
	case HeadD:
		at = autodiff.QKV{Head: 3 * d, Part: 1, Channel: 3}
	default:
		panic(&autodiff.ValueError{Op: "attend", Module: c.Path(), Msg: "unknown packing " + string(packing)})
	}
	y := c.SelfAttention(qkv, heads, at)
	c.Close(y)
	return y
}

// attendApart attends with q, k and v given apart, each [B,C,N] with channels [head][d].
func attendApart(s *autodiff.Scope, q, k, v autodiff.Var, heads int) autodiff.Var {
	c := s.Child()
	y := attend(c, c.Concat(1, q, k, v), heads, QKVHead)
	c.Close(y)
	return y
}

// SelfAttentionConfig is the configuration of a SelfAttention.
type SelfAttentionConfig struct {
	Channels int     `json:"channels"`
	Heads    int     `json:"heads"`
	Packing  Packing `json:"packing,omitempty"` // of the fused projection
	Groups   int     `json:"groups"`            // of the group norm before it
	Eps      float64 `json:"eps"`
	NoNorm   bool    `json:"no_norm,omitempty"` // attend to x itself
	Layout   Layout  `json:"layout,omitempty"`  // "" for one Conv to q, k and v, else a Pointwise of that layout for each
	Dims     int     `json:"dims,omitempty"`    // axes of the kernels of those Convs, each of extent 1; 0 is 1
	Scale    float64 `json:"scale,omitempty"`   // multiplies the sum with the input; 0 is 1, sqrt(1/2) in EDM's SongUNet
	Init     Init    `json:"init,omitzero"`     // of the last projection
}

// SelfAttention computes y = scale (x + W_o attend(W_qkv norm(x))) over all positions: x [B,C,...] -> y of that
// shape.
// Parts: norm (GroupNorm) unless NoNorm; qkv (1x1 Conv to 3C), or q, k and v (Pointwise); proj (Conv or Pointwise).
type SelfAttention struct {
	name   string
	cfg    SelfAttentionConfig
	norm   *GroupNorm    // nil for none
	qkv    *Conv         // nil when they are apart
	apart  [3]*Pointwise // q, k, v
	proj   Layer
	params []*autodiff.Param
}

// NewSelfAttention makes a SelfAttention with parts named and seeded by path p. The error says what in c is wrong.
func NewSelfAttention(p Path, c SelfAttentionConfig) (*SelfAttention, error) {
	if c.Channels < 1 || c.Heads < 1 || c.Channels%c.Heads != 0 {
		return nil, p.Errorf("attention", "%d heads do not divide %d channels", c.Heads, c.Channels)
	}
	if err := p.axes("attention", c.Dims, 0); err != nil {
		return nil, err
	}
	if c.Channels > MostExtent/3 || !finite(c.Scale) {
		return nil, p.Errorf("attention", "channels %d and scale %g: want at most %d, and a finite number", c.Channels, c.Scale, MostExtent/3)
	}
	if c.Scale == 0 {
		c.Scale = 1
	}
	a := &SelfAttention{name: p.Local(), cfg: c}
	b := parts{at: p}
	if !c.NoNorm {
		a.norm = add(&b, "norm", NewGroupNorm, GroupNormConfig{Channels: c.Channels, Groups: c.Groups, Eps: c.Eps})
	}
	switch {
	case c.Layout != "":
		for i, name := range [...]string{"q", "k", "v"} {
			a.apart[i] = add(&b, name, NewPointwise, PointwiseConfig{In: c.Channels, Out: c.Channels, Layout: c.Layout})
		}
		a.proj = add(&b, "proj", NewPointwise, PointwiseConfig{In: c.Channels, Out: c.Channels, Layout: c.Layout, Init: c.Init})
	case c.Packing == HeadQKV || c.Packing == QKVHead || c.Packing == HeadD:
		kernel := EachAxis(max(1, c.Dims), 1)
		a.qkv = add(&b, "qkv", NewConv, ConvConfig{In: c.Channels, Out: 3 * c.Channels, Kernel: kernel})
		a.proj = add(&b, "proj", NewConv, ConvConfig{In: c.Channels, Out: c.Channels, Kernel: kernel, Init: c.Init})
	default:
		return nil, p.Errorf("attention", "unknown packing %q; want %s, %s or %s", c.Packing, HeadQKV, QKVHead, HeadD)
	}
	a.params = b.params
	if b.err != nil {
		return nil, b.err
	}
	return a, nil
}

// Params returns the parameters of norm, of qkv or q, k and v, and of proj.
func (a *SelfAttention) Params() []*autodiff.Param { return a.params }

// Forward attends over the positions of x [B,C,...].
// It panics with a *autodiff.ShapeError when x has another number of channels.
func (a *SelfAttention) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(a.name)
	sh := x.Shape()
	h := x
	if a.norm != nil {
		h = a.norm.Forward(c, x)
	}
	row := autodiff.S(sh.Dim(0), sh.Dim(1), sh.Tail(2).Size()) // positions in a row
	for i := 1; i < a.cfg.Dims; i++ {
		row = row.Insert(3, 1)
	}
	h = c.Reshape(h, row)
	if a.qkv != nil {
		h = a.qkv.Forward(c, h)
		h = attend(c, c.Reshape(h, autodiff.S(sh.Dim(0), 3*sh.Dim(1), row.Dim(2))), a.cfg.Heads, a.cfg.Packing)
		h = c.Reshape(h, row)
	} else {
		h = attendApart(c, a.apart[0].Forward(c, h), a.apart[1].Forward(c, h), a.apart[2].Forward(c, h), a.cfg.Heads)
	}
	x = c.Reshape(x, row)
	var y autodiff.Var
	if proj, ok := a.proj.(*Conv); ok {
		y = proj.plus(c, h, autodiff.Var{}, x)
	} else {
		y = c.Add(x, a.proj.Forward(c, h))
	}
	y = c.Reshape(y, sh)
	if a.cfg.Scale != 1 {
		y = c.Scale(y, a.cfg.Scale)
	}
	c.Close(y)
	return y
}
