package autodiff

import "tweedie/internal/kernel"

// conv_plus adds a bias and a residual to a convolution in the same pass. Its inputs are x, w, then a bias when B[0]
// and a residual when B[1]. It is linear in all but w, and its JVP adds in the same pass too.
var convPlusOp *Op

func init() {
	convPlusOp = Define(Op{
		Name:  "conv_plus",
		Reads: []Reads{In(1), In(0), 0},
		Infer: func(c *Call) Shape {
			p := c.convArgs(c.In[0].n.shape, c.In[1].n.shape)
			out := convOut(&p)
			b, r := c.plusParts(c.In)
			if !b.IsZero() && b.n.shape != S(p.K) && b.n.shape != S(p.N, p.K) {
				panic(c.Errorf("want a bias of shape [%d] or [%d,%d], have %v", p.K, p.N, p.K, b.n.shape))
			}
			if !r.IsZero() && r.n.shape != out {
				panic(c.Errorf("the convolution gives %v: want a residual of that shape, have %v", out, r.n.shape))
			}
			return out
		},
		Eval: byType(evalConvPlus[float32], evalConvPlus[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			spec := convSpec(&c.Attr)
			if need[0] {
				grads[0] = s.ConvInputGrad(ct, c.In[1], spec, c.In[0].n.shape)
			}
			if need[1] {
				grads[1] = s.ConvWeightGrad(c.In[0], ct, spec, c.In[1].n.shape)
			}
			if c.Attr.B[0] && need[2] {
				b := c.In[2].n.shape
				grads[2] = s.Reshape(s.SumTo(ct, biasShape(b, ct.n.shape)), b)
			}
			if last := len(need) - 1; c.Attr.B[1] && need[last] {
				grads[last] = ct
			}
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			spec := convSpec(&c.Attr)
			b, y := c.plusParts(ts)
			if !ts[0].IsZero() {
				y, b = s.ConvPlus(ts[0], c.In[1], b, y, spec), Var{}
			}
			if !ts[1].IsZero() {
				y, b = s.ConvPlus(c.In[0], ts[1], b, y, spec), Var{}
			}
			if b.IsZero() {
				return y
			}
			return s.addTangents(c, y, s.Reshape(b, biasShape(b.n.shape, c.Out.n.shape)))
		},
	})
}

// plusParts returns the bias and the residual among vars, which stand for the inputs of c, or zero Vars.
func (c *Call) plusParts(vars []Var) (b, r Var) {
	if c.Attr.B[0] {
		b = vars[2]
	}
	if c.Attr.B[1] {
		r = vars[len(vars)-1]
	}
	return b, r
}

// biasShape returns the shape in which b, [K] or [N,K], broadcasts over out [N,K,...].
func biasShape(b, out Shape) Shape {
	if b.rank == 1 {
		return channelShape(out)
	}
	for i := 2; i < out.rank; i++ {
		out.dims[i] = 1
	}
	return out
}

func evalConvPlus[T kernel.Float](c *Call) {
	p := c.convArgs(c.In[0].n.shape, c.In[1].n.shape)
	var e kernel.Epilogue[T]
	b, r := c.plusParts(c.In)
	switch {
	case b.IsZero():
	case b.n.shape.rank == 1:
		e.Bias = Host[T](b)
	default:
		e.Shift = Host[T](b)
	}
	if !r.IsZero() {
		e.Residual = Host[T](r)
	}
	kernel.ConvPlus(p, Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]), e)
}

// ConvPlus returns Conv(x, w) + b + r in one pass: b is added along axis 1, [K] or [N,K] with values for every
// sample, and r [N,K,out...] has the result's shape; each may be the zero Var for none. It panics with a *ShapeError
// as Conv does, or when b or r has another shape.
func (s *Scope) ConvPlus(x, w, b, r Var, spec ConvSpec) Var {
	in := [4]Var{x, w}
	n := 2
	a := spec.attr(Shape{})
	a.B[0], a.B[1] = !b.IsZero(), !r.IsZero()
	if a.B[0] {
		in[n] = b
		n++
	}
	if a.B[1] {
		in[n] = r
		n++
	}
	return s.Apply(convPlusOp, a, in[:n]...)
}
