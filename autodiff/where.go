package autodiff

import "tweedie/internal/kernel"

var lessOp, whereOp *Op

func init() {
	lessOp = flat("less", inferBroadcast, byType(evalLess[float32], evalLess[float64]))
	whereOp = Define(Op{
		Name:  "where",
		Reads: []Reads{0, In(0)},
		Infer: func(c *Call) Shape { return c.In[0].n.shape },
		Eval:  byType(evalWhere[float32], evalWhere[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if !need[1] && !need[2] {
				return
			}
			zero := s.Zeros(ct.n.shape)
			if need[1] {
				grads[1] = s.Where(c.In[0], ct, zero)
			}
			if need[2] {
				grads[2] = s.Where(c.In[0], zero, ct)
			}
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			a, b := ts[1], ts[2]
			if a.IsZero() && b.IsZero() {
				return Var{}
			}
			if a.IsZero() {
				a = s.Zeros(c.Out.n.shape)
			}
			if b.IsZero() {
				b = s.Zeros(c.Out.n.shape)
			}
			return s.Where(c.In[0], a, b)
		},
	})
}

func evalLess[T float32 | float64](c *Call) { evalBinary[T](c, kernel.Less) }

func evalWhere[T float32 | float64](c *Call) {
	kernel.Where(Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]), Host[T](c.In[2]))
}

// Less returns 1 where a < b, else 0; its derivative is 0.
func (s *Scope) Less(a, b Var) Var { return s.Apply(lessOp, Attr{}, a, b) }

// Where returns a where mask is not 0, else b; the three broadcast, and mask has no gradient. A value that was not
// chosen may be Inf or NaN, but the op that computed it must have a finite derivative, because 0 times that
// derivative is added: guard the argument of a Log or Recip, not its result. It panics with a *ShapeError when the
// shapes do not broadcast.
func (s *Scope) Where(mask, a, b Var) Var {
	ma, ok := Broadcast(mask.node("where", s.Path()).shape, a.node("where", s.Path()).shape)
	if ok {
		ma, ok = Broadcast(ma, b.node("where", s.Path()).shape)
	}
	if !ok {
		panic(s.shapeError("where", "the shapes of mask, a and b do not broadcast: aligned at the last axis, extents must be equal or 1", mask, a, b))
	}
	c := s.Child()
	y := c.Apply(whereOp, Attr{}, c.BroadcastTo(mask, ma), c.BroadcastTo(a, ma), c.BroadcastTo(b, ma))
	c.Close(y)
	return y
}
