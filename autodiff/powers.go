package autodiff

import "tweedie/internal/kernel"

var squareOp, sqrtOp, rsqrtOp, recipOp, powOp *Op

func init() {
	squareOp = unary("square", kernel.Square, In(0),
		func(s *Scope, x, y Var) Var { return s.Scale(x, 2) })
	sqrtOp = unary("sqrt", kernel.Sqrt, Out,
		func(s *Scope, x, y Var) Var { return s.Scale(s.Recip(y), 0.5) })
	rsqrtOp = unary("rsqrt", kernel.Rsqrt, Out,
		func(s *Scope, x, y Var) Var { return s.Scale(s.Mul(y, s.Square(y)), -0.5) })
	recipOp = unary("recip", kernel.Recip, Out,
		func(s *Scope, x, y Var) Var { return s.Neg(s.Square(y)) })
	powOp = Define(Op{
		Name:  "pow",
		Reads: []Reads{In(0)},
		Infer: inferSame,
		Eval:  byType(evalPow[float32], evalPow[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.powTangent(c, ct)
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var { return s.powTangent(c, ts[0]) },
	})
}

func evalPow[T float32 | float64](c *Call) {
	kernel.BinaryScalar(kernel.Pow, Host[T](c.Out), Host[T](c.In[0]), T(c.Attr.F[0]))
}

// powTangent returns p x^(p-1) t, and the zero Var when p is 0, where x^-1 must not be computed.
func (s *Scope) powTangent(c *Call, t Var) Var {
	p := c.Attr.F[0]
	if p == 0 {
		return Var{}
	}
	return s.Mul(t, s.Scale(s.Pow(c.In[0], p-1), p))
}

// Square returns x^2.
func (s *Scope) Square(x Var) Var { return s.Apply(squareOp, Attr{}, x) }

// Sqrt returns the square root of x; NaN below 0, and its derivative is +Inf at 0.
func (s *Scope) Sqrt(x Var) Var { return s.Apply(sqrtOp, Attr{}, x) }

// Rsqrt returns 1/sqrt(x).
func (s *Scope) Rsqrt(x Var) Var { return s.Apply(rsqrtOp, Attr{}, x) }

// Recip returns 1/x.
func (s *Scope) Recip(x Var) Var { return s.Apply(recipOp, Attr{}, x) }

// Pow returns x^p for a number p; NaN where x < 0 and p is not an integer. 0^0 is 1.
func (s *Scope) Pow(x Var, p float64) Var { return s.Apply(powOp, Attr{F: [4]float64{p}}, x) }
