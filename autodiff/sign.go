package autodiff

import "tweedie/internal/kernel"

var absOp, signOp *Op

func init() {
	absOp = unary("abs", kernel.Abs, In(0),
		func(s *Scope, x, y Var) Var { return s.Sign(x) })
	signOp = flat("sign", inferSame, byType(evalSign[float32], evalSign[float64]))
}

func evalSign[T float32 | float64](c *Call) {
	kernel.Unary(kernel.Sign, Host[T](c.Out), Host[T](c.In[0]))
}

// Abs returns |x|; its derivative at 0 is 0.
func (s *Scope) Abs(x Var) Var { return s.Apply(absOp, Attr{}, x) }

// Sign returns -1, 0 or 1; its derivative is 0.
func (s *Scope) Sign(x Var) Var { return s.Apply(signOp, Attr{}, x) }
