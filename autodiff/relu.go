package autodiff

import "tweedie/internal/kernel"

var leakyReLUOp, stepOp *Op

func init() {
	leakyReLUOp = Define(Op{
		Name:  "leaky_relu",
		Reads: []Reads{In(0)},
		Infer: inferSame,
		Eval:  byType(evalLeakyReLU[float32], evalLeakyReLU[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Mul(ct, s.step(c.In[0], c.Attr.F[0]))
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var { return s.Mul(ts[0], s.step(c.In[0], c.Attr.F[0])) },
	})
	stepOp = flat("step", inferSame, byType(evalStep[float32], evalStep[float64]))
}

func evalLeakyReLU[T float32 | float64](c *Call) {
	kernel.LeakyReLU(Host[T](c.Out), Host[T](c.In[0]), T(c.Attr.F[0]))
}

func evalStep[T float32 | float64](c *Call) {
	kernel.Step(Host[T](c.Out), Host[T](c.In[0]), T(c.Attr.F[0]))
}

// step returns 1 where x > 0, else below.
func (s *Scope) step(x Var, below float64) Var {
	return s.Apply(stepOp, Attr{F: [4]float64{below}}, x)
}

// ReLU returns max(x, 0); its derivative at 0 is 0.
func (s *Scope) ReLU(x Var) Var { return s.LeakyReLU(x, 0) }

// LeakyReLU returns x where x > 0, else slope * x; its derivative at 0 is slope.
func (s *Scope) LeakyReLU(x Var, slope float64) Var {
	return s.Apply(leakyReLUOp, Attr{F: [4]float64{slope}}, x)
}
