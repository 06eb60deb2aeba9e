package autodiff

import "tweedie/internal/kernel"

// Convolution is bilinear, y = C(x, w). With its adjoints in x and in w,
//
//	<C(x,w), dy> = <x, X(dy,w)> = <w, W(x,dy)>,
//
// the family is closed: the rules of all three ops are written in these three.
var convOp, convInputOp, convWeightOp *Op

func init() {
	convOp = triad("conv",
		func(c *Call) (p kernel.ConvArgs, out Shape) {
			p = c.convArgs(c.In[0].n.shape, c.In[1].n.shape)
			return p, convOut(&p)
		},
		evalConv[float32], evalConv[float64],
		func(s *Scope, c *Call, ct Var) Var {
			return s.ConvInputGrad(ct, c.In[1], convSpec(&c.Attr), c.In[0].n.shape)
		},
		func(s *Scope, c *Call, ct Var) Var {
			return s.ConvWeightGrad(c.In[0], ct, convSpec(&c.Attr), c.In[1].n.shape)
		})
	convInputOp = triad("conv_input_grad",
		func(c *Call) (p kernel.ConvArgs, out Shape) {
			dy, w := c.In[0].n.shape, c.In[1].n.shape
			c.convRanks(dy, w)
			out = convSpatial(&c.Attr, dy.dims[0], w.dims[1]*c.Attr.I[12], dy.rank)
			p = c.convArgs(out, w)
			c.convGives(&p, dy)
			return p, out
		},
		evalConvInput[float32], evalConvInput[float64],
		func(s *Scope, c *Call, ct Var) Var { return s.Conv(ct, c.In[1], convSpec(&c.Attr)) },
		func(s *Scope, c *Call, ct Var) Var {
			return s.ConvWeightGrad(ct, c.In[0], convSpec(&c.Attr), c.In[1].n.shape)
		})
	convWeightOp = triad("conv_weight_grad",
		func(c *Call) (p kernel.ConvArgs, out Shape) {
			x, dy := c.In[0].n.shape, c.In[1].n.shape
			c.convRanks(x, dy)
			out = convSpatial(&c.Attr, dy.dims[1], x.dims[1]/c.Attr.I[12], x.rank)
			p = c.convArgs(x, out)
			c.convGives(&p, dy)
			return p, out
		},
		evalConvWeight[float32], evalConvWeight[float64],
		func(s *Scope, c *Call, ct Var) Var {
			return s.ConvInputGrad(c.In[1], ct, convSpec(&c.Attr), c.In[0].n.shape)
		},
		func(s *Scope, c *Call, ct Var) Var { return s.Conv(c.In[0], ct, convSpec(&c.Attr)) })
}

// triad defines a bilinear op with the adjoint of each slot; its JVP is f(t0, b) + f(a, t1).
func triad(name string, args func(*Call) (kernel.ConvArgs, Shape), e32, e64 func(*Call, kernel.ConvArgs), adj0, adj1 func(*Scope, *Call, Var) Var) *Op {
	return Define(Op{
		Name:  name,
		Reads: []Reads{In(1), In(0)},
		Infer: func(c *Call) Shape { _, out := args(c); return out },
		Eval: func(c *Call) {
			p, _ := args(c)
			if c.DType() == F64 {
				e64(c, p)
			} else {
				e32(c, p)
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if need[0] {
				grads[0] = adj0(s, c, ct)
			}
			if need[1] {
				grads[1] = adj1(s, c, ct)
			}
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			var a, b Var
			if !ts[0].IsZero() {
				a = s.Apply(c.op, c.Attr, ts[0], c.In[1])
			}
			if !ts[1].IsZero() {
				b = s.Apply(c.op, c.Attr, c.In[0], ts[1])
			}
			return s.addTangents(c, a, b)
		},
	})
}

func evalConv[T kernel.Float](c *Call, p kernel.ConvArgs) {
	kernel.Conv(p, Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]))
}

func evalConvInput[T kernel.Float](c *Call, p kernel.ConvArgs) {
	kernel.ConvInputGrad(p, Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]))
}

func evalConvWeight[T kernel.Float](c *Call, p kernel.ConvArgs) {
	kernel.ConvWeightGrad(p, Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]))
}

func (c *Call) convRanks(a, b Shape) {
	if a.rank < 3 || a.rank > 5 || a.rank != b.rank {
		panic(c.Errorf("want two Vars of equal rank with 1, 2 or 3 spatial axes after the first two"))
	}
}

func (c *Call) convGives(p *kernel.ConvArgs, dy Shape) {
	if out := convOut(p); out != dy {
		panic(c.Errorf("the convolution gives %v: want a cotangent of that shape, have %v", out, dy))
	}
}

// Conv correlates x [N,C,in...] with w [K,C/groups,kernel...] over 1, 2 or 3 spatial axes,
//
//	y[n,k,o] = sum_{c,t} w[k,c,t] x[n, c, (stride o + dilation t - padLo)/upsample],   x = 0 outside,
//
// where the quotient is rounded down. y is [N,K,out...], out = (in upsample + padLo + padHi - dilation (kernel-1) -
// 1)/stride + 1, rounded down. It panics with a *ShapeError when channels, groups or extents do not fit.
func (s *Scope) Conv(x, w Var, spec ConvSpec) Var {
	return s.Apply(convOp, spec.attr(Shape{}), x, w)
}

// ConvInputGrad applies the adjoint of Conv in x, for an input of shape in: the transposed convolution of dy
// [N,K,out...] with w. It panics with a *ShapeError when Conv of in and w does not give dy's shape.
func (s *Scope) ConvInputGrad(dy, w Var, spec ConvSpec, in Shape) Var {
	y := s.Apply(convInputOp, spec.attr(in), dy, w)
	return s.convIs(y, in)
}

// ConvWeightGrad applies the adjoint of Conv in w, for weights of shape w: it correlates x [N,C,in...] with dy
// [N,K,out...]. It panics with a *ShapeError when Conv of x and w does not give dy's shape.
func (s *Scope) ConvWeightGrad(x, dy Var, spec ConvSpec, w Shape) Var {
	y := s.Apply(convWeightOp, spec.attr(w), x, dy)
	return s.convIs(y, w)
}

// convIs returns y, and panics unless its shape is the one wanted.
func (s *Scope) convIs(y Var, want Shape) Var {
	if y.n.shape != want {
		panic(&ShapeError{Op: y.n.op.Name, Module: s.Path(), Shapes: []Shape{y.n.shape}, Msg: "is the gradient's shape; asked for was " + want.String()})
	}
	return y
}
