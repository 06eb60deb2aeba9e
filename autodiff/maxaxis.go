package autodiff

import "tweedie/internal/kernel"

var maxAxisOp, argMaxOp *Op

func init() {
	maxAxisOp = Define(Op{
		Name:  "max_axis",
		Reads: []Reads{In(0)},
		Infer: func(c *Call) Shape {
			if c.In[0].n.shape.dims[c.Attr.I[0]] == 0 {
				panic(c.Errorf("axis %d is empty: a maximum needs an element", c.Attr.I[0]))
			}
			return c.In[0].n.shape.Drop(c.Attr.I[0])
		},
		Eval: byType(evalMaxAxis[float32], evalMaxAxis[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			col := s.Reshape(ct, c.In[0].n.shape.With(c.Attr.I[0], 1))
			grads[0] = s.Mul(s.Apply(argMaxOp, c.Attr, c.In[0]), col)
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			return s.Sum(s.Mul(s.Apply(argMaxOp, c.Attr, c.In[0]), ts[0]), c.Attr.I[0])
		},
	})
	argMaxOp = flat("argmax", inferSame, byType(evalArgMax[float32], evalArgMax[float64]))
}

func evalMaxAxis[T float32 | float64](c *Call) {
	o, n, i := c.In[0].n.shape.around(c.Attr.I[0])
	kernel.Max(Host[T](c.Out), Host[T](c.In[0]), o, n, i)
}

func evalArgMax[T float32 | float64](c *Call) {
	o, n, i := c.In[0].n.shape.around(c.Attr.I[0])
	kernel.ArgMaxMask(Host[T](c.Out), Host[T](c.In[0]), o, n, i)
}

// MaxAxis returns the largest element along an axis, which the result lacks; the gradient goes to the first of
// equals.
// It panics with a *ShapeError when the axis is empty or does not exist.
func (s *Scope) MaxAxis(x Var, axis int) Var {
	return s.Apply(maxAxisOp, Attr{I: [16]int{s.axis("max_axis", x, axis)}}, x)
}
