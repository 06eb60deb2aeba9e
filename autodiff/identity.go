package autodiff

import "fmt"

var identityOp *Op

func init() {
	identityOp = Define(Op{
		Name:   "identity",
		Linear: true,
		Infer:  func(c *Call) Shape { return c.In[0].n.shape },
		Eval: func(c *Call) {
			if c.DType() == F64 {
				copy(Host[float64](c.Out), Host[float64](c.In[0]))
			} else {
				copy(Host[float32](c.Out), Host[float32](c.In[0]))
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) { grads[0] = ct },
	})
}

// Identity returns a copy of x.
func (s *Scope) Identity(x Var) Var { return s.Apply(identityOp, Attr{}, x) }

var castOp *Op

func init() {
	castOp = Define(Op{
		Name:   "cast",
		Linear: true,
		Mixed:  true,
		Infer:  func(c *Call) Shape { return c.In[0].n.shape },
		Eval: func(c *Call) {
			if c.DType() == F64 {
				c.In[0].CopyTo64(Host[float64](c.Out))
			} else {
				c.In[0].CopyTo32(Host[float32](c.Out))
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.castTo(ct, c.In[0].n.dt)
		},
	})
}

// Cast converts x to the scope's element type; it returns x itself when x has that type.
func (s *Scope) Cast(x Var) Var {
	if x.node("cast", s.Path()).dt == s.dt {
		return x
	}
	return s.castTo(x, s.dt)
}

func (s *Scope) castTo(x Var, dt DType) Var {
	return s.Apply(castOp, Attr{I: [16]int{int(dt)}}, x)
}

var reshapeOp *Op

func init() {
	reshapeOp = Define(Op{
		Name:   "reshape",
		Linear: true,
		Infer:  func(c *Call) Shape { return c.In[0].n.shape },
		Eval: func(c *Call) {
			panic(&ValueError{Op: "reshape", Msg: "use Scope.Reshape"})
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Reshape(ct, c.In[0].n.shape)
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var { return s.Reshape(ts[0], c.Out.n.shape) },
	})
}

// Reshape returns x with another shape of the same size; the two share storage, so it costs nothing. It panics with a
// *ShapeError when the sizes differ.
func (s *Scope) Reshape(x Var, shape Shape) Var {
	m := x.node("reshape", s.Path())
	if m.shape.Size() != shape.Size() {
		panic(&ShapeError{Op: "reshape", Module: s.Path(), Shapes: []Shape{m.shape}, Msg: fmt.Sprintf("%v has %d elements and not %d", shape, shape.Size(), m.shape.Size())})
	}
	if m.buf == nil {
		x.data("reshape", s.Path())
	}
	n := s.alias(x).n
	n.shape, n.op = shape, reshapeOp
	c := &n.call
	c.op, c.scope, c.In = reshapeOp, s, append(c.In[:0], x)
	c.Out = Var{n, n.gen}
	s.record(n, s.active(m))
	return c.Out
}
