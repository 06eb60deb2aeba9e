package autodiff

import "tweedie/internal/kernel"

var flipOp *Op

func init() {
	flipOp = Define(Op{
		Name:   "flip",
		Linear: true,
		Infer:  inferSame,
		Eval:   byType(evalFlip[float32], evalFlip[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Apply(flipOp, c.Attr, ct)
		},
	})
}

func evalFlip[T float32 | float64](c *Call) {
	o, n, i := c.In[0].n.shape.around(c.Attr.I[0])
	kernel.Flip(Host[T](c.Out), Host[T](c.In[0]), o, n, i)
}

// Flip reverses x along an axis.
func (s *Scope) Flip(x Var, axis int) Var {
	return s.Apply(flipOp, Attr{I: [16]int{s.axis("flip", x, axis)}}, x)
}
