package autodiff

import "tweedie/internal/kernel"

var cumsumOp *Op

func init() {
	cumsumOp = Define(Op{
		Name:   "cumsum",
		Linear: true,
		Infer:  inferSame,
		Eval:   byType(evalCumsum[float32], evalCumsum[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			a := c.Attr
			a.B[0] = !a.B[0]
			grads[0] = s.Apply(cumsumOp, a, ct)
		},
	})
}

func evalCumsum[T float32 | float64](c *Call) {
	o, n, i := c.In[0].n.shape.around(c.Attr.I[0])
	kernel.Cumsum(Host[T](c.Out), Host[T](c.In[0]), o, n, i, c.Attr.B[0])
}

// Cumsum returns the running sum along an axis: y[k] = x[0] + ... + x[k].
func (s *Scope) Cumsum(x Var, axis int) Var {
	return s.Apply(cumsumOp, Attr{I: [16]int{s.axis("cumsum", x, axis)}}, x)
}
