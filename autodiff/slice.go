package autodiff

import "tweedie/internal/kernel"

var sliceOp, embedOp *Op

func init() {
	sliceOp = Define(Op{
		Name:   "slice",
		Linear: true,
		Infer: func(c *Call) Shape {
			k, lo, hi := c.Attr.I[0], c.Attr.I[1], c.Attr.I[2]
			if n := c.In[0].n.shape.dims[k]; lo < 0 || hi < lo || hi > n {
				panic(c.Errorf("[%d:%d] does not lie in axis %d: want 0 <= lo <= hi <= %d", lo, hi, k, n))
			}
			return c.In[0].n.shape.With(k, hi-lo)
		},
		Eval: byType(evalSlice[float32], evalSlice[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Embed(ct, c.Attr.I[0], c.Attr.I[1], c.In[0].n.shape.dims[c.Attr.I[0]])
		},
	})
	embedOp = Define(Op{
		Name:   "embed",
		Linear: true,
		Infer: func(c *Call) Shape {
			k, lo, n := c.Attr.I[0], c.Attr.I[1], c.Attr.I[2]
			if m := c.In[0].n.shape.dims[k]; lo < 0 || lo+m > n {
				panic(c.Errorf("axis %d cannot lie at [%d:%d] of %d elements", k, lo, lo+m, n))
			}
			return c.In[0].n.shape.With(k, n)
		},
		Eval: byType(evalEmbed[float32], evalEmbed[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			k, lo := c.Attr.I[0], c.Attr.I[1]
			grads[0] = s.Slice(ct, k, lo, lo+c.In[0].n.shape.dims[k])
		},
	})
}

func evalSlice[T float32 | float64](c *Call) {
	k, lo := c.Attr.I[0], c.Attr.I[1]
	outer, n, inner := c.In[0].n.shape.around(k)
	m := c.Out.n.shape.dims[k] * inner
	kernel.CopyAxis(Host[T](c.Out), Host[T](c.In[0]), outer, m, m, 0, n*inner, lo*inner)
}

func evalEmbed[T float32 | float64](c *Call) {
	k, lo := c.Attr.I[0], c.Attr.I[1]
	outer, n, inner := c.In[0].n.shape.around(k)
	kernel.Pad(Host[T](c.Out), Host[T](c.In[0]), outer, n, inner, lo, c.Attr.I[2]-lo-n, kernel.PadZero)
}

// Slice returns the part [lo, hi) of an axis. It panics with a *ShapeError unless 0 <= lo <= hi <= extent.
func (s *Scope) Slice(x Var, axis, lo, hi int) Var {
	return s.Apply(sliceOp, Attr{I: [16]int{s.axis("slice", x, axis), lo, hi}}, x)
}

// Embed puts x at [lo, lo+extent) of an axis of n elements that is 0 elsewhere: the adjoint of Slice. It panics with
// a *ShapeError when x does not fit.
func (s *Scope) Embed(x Var, axis, lo, n int) Var {
	return s.Apply(embedOp, Attr{I: [16]int{s.axis("embed", x, axis), lo, n}}, x)
}
