package dit

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// block is one transformer block.
type block struct {
	heads     int
	qkv, proj *layers.Linear
	mlp       *layers.MLP
	mod       modulation // of attention: scale, shift, gate; then of the MLP
}

// forward returns h [B,N,W] behind the block, given the embedding e [B,W].
func (b block) forward(s *autodiff.Scope, h, e autodiff.Var) autodiff.Var {
	c := s.Child()
	m := b.mod.forward(c, e)
	h = c.Add(h, c.Mul(m[2], b.attend(c, modulated(c, h, m[0], m[1]))))
	h = c.Add(h, c.Mul(m[5], b.mlp.Forward(c, modulated(c, h, m[3], m[4]))))
	c.Close(h)
	return h
}

// attend is self-attention over the tokens h [B,N,W].
func (b block) attend(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
	c := s.Child()
	batch, n, w := h.Dim(0), h.Dim(1), h.Dim(2)
	qkv := c.Permute(c.Reshape(b.qkv.Forward(c, h), autodiff.S(batch, n, 3*b.heads, w/b.heads)), 0, 2, 1, 3) // [B,3H,N,D]
	y := c.Attention(c.Slice(qkv, 1, 0, b.heads), c.Slice(qkv, 1, b.heads, 2*b.heads), c.Slice(qkv, 1, 2*b.heads, 3*b.heads))
	y = b.proj.Forward(c, c.Reshape(c.Permute(y, 0, 2, 1, 3), autodiff.S(batch, n, w)))
	c.Close(y)
	return y
}

// modulation turns the embedding into so many rows [B,1,W].
type modulation struct {
	linear *layers.Linear
	rows   int
}

func (m modulation) forward(s *autodiff.Scope, e autodiff.Var) []autodiff.Var {
	all := m.linear.Forward(s, e)
	w := all.Dim(1) / m.rows
	rows := make([]autodiff.Var, m.rows)
	for i := range rows {
		rows[i] = s.Reshape(s.Slice(all, 1, i*w, (i+1)*w), autodiff.S(e.Dim(0), 1, w))
	}
	return rows
}

// modulated is (1 + scale) LN(h) + shift, LN without weights.
func modulated(s *autodiff.Scope, h, scale, shift autodiff.Var) autodiff.Var {
	w := autodiff.S(h.Dim(2))
	y := s.LayerNorm(h, s.Ones(w), s.Zeros(w), 1e-6)
	return s.Add(s.Mul(y, s.AddScalar(scale, 1)), shift)
}

// maker makes parts until one fails, and gathers their parameters.
type maker struct {
	path   layers.Path
	params []*autodiff.Param
	err    error
}

func (m *maker) linear(name string, in, out int, init layers.Init) *layers.Linear {
	if m.err != nil {
		return nil
	}
	l, err := layers.NewLinear(m.path.At(name), layers.LinearConfig{In: in, Out: out, Init: init})
	if m.err = err; err == nil {
		m.params = append(m.params, l.Params()...)
	}
	return l
}

func (m *maker) mlp(name string, in, hidden, out int, act layers.Activation) *layers.MLP {
	if m.err != nil {
		return nil
	}
	l, err := layers.NewMLP(m.path.At(name), layers.MLPConfig{Sizes: []int{in, hidden, out}, Act: act})
	if m.err = err; err == nil {
		m.params = append(m.params, l.Params()...)
	}
	return l
}

func (m *maker) modulation(name string, width, rows int) modulation {
	return modulation{m.linear(name+".modulation", width, rows*width, layers.Zero()), rows}
}

func (m *maker) block(name string, c Config) block {
	return block{heads: c.Heads, qkv: m.linear(name+".qkv", c.Width, 3*c.Width, layers.Init{}), proj: m.linear(name+".proj", c.Width, c.Width, layers.Init{}),
		mlp: m.mlp(name+".mlp", c.Width, c.MLP, c.Width, "gelu"), mod: m.modulation(name, c.Width, 6)}
}
