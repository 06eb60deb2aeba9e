package autodiff

import "tweedie/internal/kernel"

// binary defines an elementwise op of two broadcast inputs that kernel k computes.
func binary(name string, k kernel.BinaryOp, reads []Reads, vjp func(*Scope, *Call, Var, []bool, []Var), jvp func(*Scope, *Call, []Var) Var) *Op {
	return Define(Op{
		Name:  name,
		Reads: reads,
		Infer: inferBroadcast,
		Eval: func(c *Call) {
			if c.DType() == F64 {
				evalBinary[float64](c, k)
			} else {
				evalBinary[float32](c, k)
			}
		},
		VJP: vjp,
		JVP: jvp,
	})
}

func inferBroadcast(c *Call) Shape {
	r, ok := Broadcast(c.In[0].n.shape, c.In[1].n.shape)
	if !ok {
		panic(c.Errorf("the shapes do not broadcast: aligned at the last axis, extents must be equal or 1"))
	}
	return r
}

func evalBinary[T float32 | float64](c *Call, k kernel.BinaryOp) {
	dst, a, b := Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1])
	to := c.Out.n.shape
	if len(a) == len(dst) && len(b) == len(dst) {
		kernel.Binary(k, dst, a, b)
		return
	}
	var dims, sa, sb [MaxRank]int
	kernel.BinaryBroadcast(k, dst, a, b, to.Dims(dims[:]),
		broadcastStrides(c.In[0].n.shape, to, &sa), broadcastStrides(c.In[1].n.shape, to, &sb))
}

// unary defines an elementwise op that kernel k computes. deriv returns dy/dx in ops and reads what reads declares.
func unary(name string, k kernel.UnaryOp, reads Reads, deriv func(s *Scope, x, y Var) Var) *Op {
	return Define(Op{
		Name:  name,
		Reads: []Reads{reads},
		Infer: inferSame,
		Eval: func(c *Call) {
			if c.DType() == F64 {
				kernel.Unary(k, Host[float64](c.Out), Host[float64](c.In[0]))
			} else {
				kernel.Unary(k, Host[float32](c.Out), Host[float32](c.In[0]))
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Mul(ct, deriv(s, c.In[0], c.Out))
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			return s.Mul(ts[0], deriv(s, c.In[0], c.Out))
		},
	})
}

func inferSame(c *Call) Shape { return c.In[0].n.shape }
