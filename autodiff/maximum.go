package autodiff

import "tweedie/internal/kernel"

var maxOp, minOp *Op

func init() {
	maxOp = extremum("max", kernel.Max2, func(s *Scope, c *Call) Var { return s.Less(c.In[0], c.In[1]) })
	minOp = extremum("min", kernel.Min2, func(s *Scope, c *Call) Var { return s.Less(c.In[1], c.In[0]) })
}

// extremum defines the op that picks input 1 where second returns 1, and input 0 elsewhere.
func extremum(name string, k kernel.BinaryOp, second func(*Scope, *Call) Var) *Op {
	return binary(name, k, []Reads{In(0) | In(1)},
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			m, zero := second(s, c), s.Scalar(0)
			if need[0] {
				grads[0] = s.SumTo(s.Where(m, zero, ct), c.In[0].n.shape)
			}
			if need[1] {
				grads[1] = s.SumTo(s.Where(m, ct, zero), c.In[1].n.shape)
			}
		},
		func(s *Scope, c *Call, ts []Var) Var {
			a, b := ts[0], ts[1]
			if a.IsZero() {
				a = s.Scalar(0)
			}
			if b.IsZero() {
				b = s.Scalar(0)
			}
			return s.Where(second(s, c), b, a)
		})
}

// Max2 returns the larger of a and b, element by element, NaN if either is; at ties the gradient goes to a.
func (s *Scope) Max2(a, b Var) Var { return s.Apply(maxOp, Attr{}, a, b) }

// Min2 returns the smaller of a and b, element by element, NaN if either is; at ties the gradient goes to a.
func (s *Scope) Min2(a, b Var) Var { return s.Apply(minOp, Attr{}, a, b) }
