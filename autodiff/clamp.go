package autodiff

import "tweedie/internal/kernel"

var clampOp, betweenOp *Op

func init() {
	clampOp = Define(Op{
		Name:  "clamp",
		Reads: []Reads{In(0)},
		Infer: func(c *Call) Shape {
			if lo, hi := c.Attr.F[0], c.Attr.F[1]; !(lo <= hi) {
				panic(c.Errorf("the range [%g, %g] is empty: want lo <= hi", lo, hi))
			}
			return c.In[0].n.shape
		},
		Eval: byType(evalClamp[float32], evalClamp[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Mul(ct, s.Apply(betweenOp, c.Attr, c.In[0]))
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			return s.Mul(ts[0], s.Apply(betweenOp, c.Attr, c.In[0]))
		},
	})
	betweenOp = flat("between", inferSame, byType(evalBetween[float32], evalBetween[float64]))
}

func evalClamp[T float32 | float64](c *Call) {
	kernel.Clamp(Host[T](c.Out), Host[T](c.In[0]), T(c.Attr.F[0]), T(c.Attr.F[1]))
}

func evalBetween[T float32 | float64](c *Call) {
	kernel.Between(Host[T](c.Out), Host[T](c.In[0]), T(c.Attr.F[0]), T(c.Attr.F[1]))
}

// Clamp returns min(max(x, lo), hi); its derivative is 1 on [lo, hi], ends included, and 0 outside.
// It panics with a *ShapeError when lo > hi.
func (s *Scope) Clamp(x Var, lo, hi float64) Var {
	return s.Apply(clampOp, Attr{F: [4]float64{lo, hi}}, x)
}
