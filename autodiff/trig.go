package autodiff

import "tweedie/internal/kernel"

var sinOp, cosOp, atan2Op *Op

func init() {
	sinOp = unary("sin", kernel.Sin, In(0),
		func(s *Scope, x, y Var) Var { return s.Cos(x) })
	cosOp = unary("cos", kernel.Cos, In(0),
		func(s *Scope, x, y Var) Var { return s.Neg(s.Sin(x)) })
	atan2Op = binary("atan2", kernel.Atan2, []Reads{In(0) | In(1)},
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			y, x := c.In[0], c.In[1]
			g := s.Div(ct, s.Add(s.Square(y), s.Square(x)))
			if need[0] {
				grads[0] = s.SumTo(s.Mul(g, x), y.n.shape)
			}
			if need[1] {
				grads[1] = s.Neg(s.SumTo(s.Mul(g, y), x.n.shape))
			}
		},
		func(s *Scope, c *Call, ts []Var) Var {
			y, x := c.In[0], c.In[1]
			var a, b Var
			if !ts[0].IsZero() {
				a = s.Mul(x, ts[0])
			}
			if !ts[1].IsZero() {
				b = s.Neg(s.Mul(y, ts[1]))
			}
			return s.Div(s.addTangents(c, a, b), s.Add(s.Square(y), s.Square(x)))
		})
}

// Sin returns the sine of x in radians.
func (s *Scope) Sin(x Var) Var { return s.Apply(sinOp, Attr{}, x) }

// Cos returns the cosine of x in radians.
func (s *Scope) Cos(x Var) Var { return s.Apply(cosOp, Attr{}, x) }

// Atan2 returns the angle of the point (x, y) in (-pi, pi]. Its derivative is NaN at the origin.
func (s *Scope) Atan2(y, x Var) Var { return s.Apply(atan2Op, Attr{}, y, x) }
