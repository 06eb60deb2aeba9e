package autodiff

import "tweedie/internal/kernel"

var dotOp *Op

func init() {
	dotOp = Define(Op{
		Name:  "dot",
		Reads: []Reads{In(1), In(0)},
		Infer: func(c *Call) Shape {
			if c.In[0].n.shape != c.In[1].n.shape {
				panic(c.Errorf("the two must have the same shape; use Mul and Sum to broadcast"))
			}
			return Shape{}
		},
		Eval: byType(evalDot[float32], evalDot[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			for i := range grads {
				if need[i] {
					grads[i] = s.Mul(ct, c.In[1-i])
				}
			}
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			var d [2]Var
			for i, t := range ts {
				if !t.IsZero() {
					d[i] = s.Dot(t, c.In[1-i])
				}
			}
			return s.addTangents(c, d[0], d[1])
		},
	})
}

func evalDot[T float32 | float64](c *Call) {
	Host[T](c.Out)[0] = T(kernel.Dot(Host[T](c.In[0]), Host[T](c.In[1])))
}

// Dot returns the sum of a*b over all elements, of rank 0, accumulated in float64. It panics with a *ShapeError when
// the shapes differ.
func (s *Scope) Dot(a, b Var) Var { return s.Apply(dotOp, Attr{}, a, b) }
