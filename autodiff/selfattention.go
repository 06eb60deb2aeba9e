package autodiff

import (
	"fmt"

	"tweedie/internal/kernel"
)

// QKV says where queries, keys and values lie in a fused projection x [B,3C,N] to heads of D channels: channel i of
// part 0, 1 or 2 (query, key, value) of head h is channel h Head + part Part + i Channel of x.
type QKV struct{ Head, Part, Channel int }

// The family of self-attention. With y the attention of x and J = dy/dx,
//
//	self_attention     (x)        y
//	self_attention_vjp (x, a)     J^T a
//	self_attention_jvp (x, t)     J t
//	self_attention_hvp (x, a, t)  gradient of <a, J t> in x; when B[0] also that in t, J^T a, as [2,B,3C,N]
//
// each in one kernel that computes the scores again, a block at a time, and keeps none. Further derivatives go
// through the compositions of Attention.
var selfOp, selfVJPOp, selfJVPOp, selfHVPOp *Op

func init() {
	selfOp = selfFamily("self_attention", evalSelf[float32], evalSelf[float64], selfParts,
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Apply(selfVJPOp, c.Attr, c.In[0], ct)
		},
		func(s *Scope, c *Call, ts []Var) Var { return s.Apply(selfJVPOp, c.Attr, c.In[0], ts[0]) })

	selfVJPOp = selfFamily("self_attention_vjp", evalSelfVJP[float32], evalSelfVJP[float64], vjpOf(selfParts),
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if need[0] {
				grads[0] = s.Apply(selfHVPOp, c.Attr, c.In[0], c.In[1], ct)
			}
			if need[1] {
				grads[1] = s.Apply(selfJVPOp, c.Attr, c.In[0], ct)
			}
		},
		func(s *Scope, c *Call, ts []Var) Var {
			var y, z Var
			if !ts[0].IsZero() {
				y = s.Apply(selfHVPOp, c.Attr, c.In[0], c.In[1], ts[0])
			}
			if !ts[1].IsZero() {
				z = s.Apply(selfVJPOp, c.Attr, c.In[0], ts[1])
			}
			return s.addTangents(c, y, z)
		})

	selfJVPOp = selfFamily("self_attention_jvp", evalSelfJVP[float32], evalSelfJVP[float64], jvpOf(selfParts),
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			switch {
			case need[0] && need[1]:
				at := c.Attr
				at.B[0] = true
				both := s.Apply(selfHVPOp, at, c.In[0], ct, c.In[1])
				for i := range grads {
					grads[i] = s.Reshape(s.Slice(both, 0, i, i+1), c.In[0].n.shape)
				}
			case need[0]:
				grads[0] = s.Apply(selfHVPOp, c.Attr, c.In[0], ct, c.In[1])
			case need[1]:
				grads[1] = s.Apply(selfVJPOp, c.Attr, c.In[0], ct)
			}
		},
		func(s *Scope, c *Call, ts []Var) Var {
			if !ts[0].IsZero() {
				return Var{}
			}
			return s.Apply(selfJVPOp, c.Attr, c.In[0], ts[1])
		})

	selfHVPOp = selfFamily("self_attention_hvp", evalSelfHVP[float32], evalSelfHVP[float64], selfHVPParts, nil, nil)
}

// selfFamily defines an op of the family. vjp and jvp are its fused rules; the composition f serves when they are nil
// or jvp returns the zero Var.
func selfFamily(name string, f32, f64 func(*Call), f composition, vjp func(*Scope, *Call, Var, []bool, []Var), jvp func(*Scope, *Call, []Var) Var) *Op {
	return Define(Op{
		Name:  name,
		Reads: []Reads{In(0) | In(1) | In(2)},
		Infer: inferSelf,
		Eval:  byType(f32, f64),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if vjp != nil {
				vjp(s, c, ct, need, grads)
			}
			f.vjp(s, c, ct, need, grads)
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			if jvp != nil {
				if y := jvp(s, c, ts); !y.IsZero() {
					return y
				}
			}
			return f.jvp(s, c, ts)
		},
	})
}

// SelfAttention attends over positions with heads of D = C/heads channels,
//
//	y_i = sum_j softmax_j(q_i . k_j / sqrt(D)) v_j,
//
// of queries, keys and values that lie in x [B,3C,N] as p says; y [B,C,N] has channels [head][D]
// (Vaswani et al., arXiv:1706.03762). No [N,N] matrix is ever in memory, in y or in its first two derivatives.
// It panics with a *ShapeError when the channels of x are not three times a multiple of heads, and with a *ValueError
// when p does not give every channel once.
func (s *Scope) SelfAttention(x Var, heads int, p QKV) Var {
	return s.Apply(selfOp, Attr{I: [16]int{heads, p.Head, p.Part, p.Channel}}, x)
}

// selfArgs returns the settings of the call for the kernels.
func (c *Call) selfArgs() kernel.AttentionArgs {
	x, heads := c.In[0].n.shape, c.Attr.I[0]
	return kernel.AttentionArgs{B: x.dims[0], Heads: heads, D: x.dims[1] / (3 * heads), N: x.dims[2],
		Head: c.Attr.I[1], Part: c.Attr.I[2], Channel: c.Attr.I[3]}
}

func inferSelf(c *Call) Shape {
	x, heads := c.In[0].n.shape, c.Attr.I[0]
	if x.rank != 3 || heads < 1 || x.dims[1] == 0 || x.dims[1]%(3*heads) != 0 {
		panic(c.Errorf("want [B,3C,N] with C a multiple of %d heads", heads))
	}
	if _, ok := c.selfArgs().Order(); !ok {
		panic(&ValueError{Op: c.op.Name, Module: c.scope.Path(), Msg: fmt.Sprintf("the strides %v do not give each of %d channels once", c.Attr.I[1:4], x.dims[1])})
	}
	y := x.With(1, x.dims[1]/3)
	in, shapes := c.In[1:], [2]Shape{y, x}
	if c.op == selfJVPOp {
		shapes[0] = x
	}
	for i, v := range in {
		if v.n.shape != shapes[i] {
			panic(c.Errorf("input %d: want shape %v", i+1, shapes[i]))
		}
	}
	switch {
	case c.Attr.B[0]:
		return x.Insert(0, 2)
	case c.op == selfVJPOp || c.op == selfHVPOp:
		return x
	}
	return y
}

func evalSelf[T kernel.Float](c *Call) {
	kernel.Attention(c.selfArgs(), Host[T](c.Out), Host[T](c.In[0]))
}

func evalSelfVJP[T kernel.Float](c *Call) {
	kernel.AttentionVJP(c.selfArgs(), Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]))
}

func evalSelfJVP[T kernel.Float](c *Call) {
	kernel.AttentionJVP(c.selfArgs(), Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]))
}

func evalSelfHVP[T kernel.Float](c *Call) {
	dx, dt := Host[T](c.Out), []T(nil)
	if c.Attr.B[0] {
		dx, dt = dx[:len(dx)/2], dx[len(dx)/2:]
	}
	kernel.AttentionHVP(c.selfArgs(), dx, dt, Host[T](c.In[0]), Host[T](c.In[1]), Host[T](c.In[2]))
}

// selfParts computes self_attention in ops.
func selfParts(s *Scope, c *Call, in []Var) Var {
	p := c.selfArgs()
	order, _ := p.Order()
	size := [3]int{p.Heads, 3, p.D}
	var at [3]int // the axis of head, part and channel
	for i, k := range order {
		at[k] = 1 + i
	}
	all := s.Reshape(in[0], S(p.B, size[order[0]], size[order[1]], size[order[2]], p.N))
	all = s.Permute(all, at[1], 0, at[0], 4, at[2]) // [part][B][head][N][D]
	var part [3]Var
	for i := range part {
		part[i] = s.Reshape(s.Slice(all, 0, i, i+1), S(p.B, p.Heads, p.N, p.D))
	}
	y := s.Transpose(s.Attention(part[0], part[1], part[2]))
	return s.Reshape(y, S(p.B, p.Heads*p.D, p.N))
}

// selfHVPParts computes self_attention_hvp in ops; s must record.
func selfHVPParts(s *Scope, c *Call, in []Var) Var {
	y := hvpOf(selfParts)(s, c, in)
	if !c.Attr.B[0] {
		return y
	}
	return s.Stack(0, y, vjpOf(selfParts)(s, c, in[:2]))
}
