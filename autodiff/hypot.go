package autodiff

import "tweedie/internal/kernel"

var hypotOp *Op

func init() {
	hypotOp = Define(Op{
		Name:  "hypot",
		Reads: []Reads{In(0) | Out, In(1) | Out},
		Infer: inferBroadcast,
		Eval:  byType(evalHypot[float32], evalHypot[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			g := s.Div(ct, c.Out)
			for i := range grads {
				if need[i] {
					grads[i] = s.SumTo(s.Mul(g, c.In[i]), c.In[i].n.shape)
				}
			}
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			var d [2]Var
			for i, t := range ts {
				if !t.IsZero() {
					d[i] = s.Mul(c.In[i], t)
				}
			}
			return s.Div(s.addTangents(c, d[0], d[1]), c.Out)
		},
	})
}

func evalHypot[T float32 | float64](c *Call) {
	evalBinary[T](c, kernel.Hypot)
	if eps := c.Attr.F[0]; eps != 0 {
		kernel.BinaryScalar(kernel.Hypot, Host[T](c.Out), Host[T](c.Out), T(eps))
	}
}

// Hypot returns sqrt(x^2 + y^2 + eps^2) without overflow. With eps = 0 its derivative at the origin is NaN; eps > 0
// makes it smooth there.
func (s *Scope) Hypot(x, y Var, eps float64) Var {
	return s.Apply(hypotOp, Attr{F: [4]float64{eps}}, x, y)
}
