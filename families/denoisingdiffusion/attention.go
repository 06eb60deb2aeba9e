package denoisingdiffusion

import (
	"math"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/unet"
)

// attention adds to images what each position finds at all others and at n keys and values m that are learned, in heads of d
// channels, with (q, k, v) = W norm(x):
//
//	full     x + W_o softmax(q^T [m_k, k]/sqrt(d)) [m_v, v]                    softmax over positions
//	linear   x + norm(W_o ([m_v, v] softmax(k)^T softmax(q)/sqrt(d)))          over positions in k, over channels in q
//
// Parts: mem_kv [2,heads,n,d] or, where it is linear, [2,heads,d,n]; norm; to_qkv; to_out, or to_out.0 and to_out.1.
type attention struct {
	name     string
	full     bool
	heads, d int
	memory   *autodiff.Param
	norm     *norm
	qkv, out *layers.Conv
	last     *norm // nil where attention is full
	params   []*autodiff.Param
}

// attentionConfig is what an attention is made of.
type attentionConfig struct {
	channels, heads, d, memory int
	full                       bool
}

func newAttention(b *unet.Builder, name string, c attentionConfig) *attention {
	from := len(b.Params)
	a := &attention{name: name, full: c.full, heads: c.heads, d: c.d}
	shape, out := autodiff.S(2, c.heads, c.d, c.memory), name+".to_out.0"
	if c.full {
		shape, out = autodiff.S(2, c.heads, c.memory, c.d), name+".to_out"
	}
	if b.Err == nil {
		a.memory = b.Path.At(name).Param("mem_kv", shape, layers.Normal(1))
		b.Params = append(b.Params, a.memory)
	}
	a.norm = unet.Make(b, name+".norm", newNorm, c.channels)
	a.qkv = unet.Make(b, name+".to_qkv", layers.NewConv, layers.ConvConfig{In: c.channels, Out: 3 * c.heads * c.d, Kernel: layers.EachAxis(2, 1), NoBias: true})
	a.out = unet.Make(b, out, layers.NewConv, conv(c.heads*c.d, c.channels, 1))
	if !c.full {
		a.last = unet.Make(b, name+".to_out.1", newNorm, c.channels)
	}
	a.params = b.Params[from:len(b.Params):len(b.Params)]
	return a
}

func (a *attention) Params() []*autodiff.Param { return a.params }

func (a *attention) Forward(s *autodiff.Scope, x, _, _ autodiff.Var) autodiff.Var {
	c := s.Enter(a.name)
	qkv := a.qkv.Forward(c, a.norm.Forward(c, x))
	b, h, w := x.Dim(0), x.Dim(2), x.Dim(3)
	part := func(i int) autodiff.Var { // [B,heads,d,N]
		return c.Reshape(c.Slice(qkv, 1, i*a.heads*a.d, (i+1)*a.heads*a.d), autodiff.S(b, a.heads, a.d, h*w))
	}
	memory := func(i int) autodiff.Var {
		m := c.Slice(c.Param(a.memory), 0, i, i+1)
		return c.BroadcastTo(m, m.Shape().With(0, b))
	}
	var y autodiff.Var
	if a.full {
		rows := func(v autodiff.Var) autodiff.Var { return c.Permute(v, 0, 1, 3, 2) }
		k, v := c.Concat(2, memory(0), rows(part(1))), c.Concat(2, memory(1), rows(part(2)))
		y = rows(c.Attention(rows(part(0)), k, v))
	} else {
		k, v := c.Softmax(c.Concat(3, memory(0), part(1))), c.Concat(3, memory(1), part(2))
		q := c.Scale(c.Softmax(c.Permute(part(0), 0, 1, 3, 2)), 1/math.Sqrt(float64(a.d)))
		y = c.MatMul(c.MatMul(k, v, false, true), q, true, true)
	}
	y = a.out.Forward(c, c.Reshape(y, autodiff.S(b, a.heads*a.d, h, w)))
	if a.last != nil {
		y = a.last.Forward(c, y)
	}
	y = c.Add(y, x)
	c.Close(y)
	return y
}
