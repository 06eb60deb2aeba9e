package autodiff

import "tweedie/internal/kernel"

var addOp *Op

func init() {
	addOp = binary("add", kernel.Add, nil,
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			for i := range grads {
				if need[i] {
					grads[i] = s.SumTo(ct, c.In[i].n.shape)
				}
			}
		},
		func(s *Scope, c *Call, ts []Var) Var { return s.addTangents(c, ts[0], ts[1]) })
}

// Add returns a + b, element by element.
func (s *Scope) Add(a, b Var) Var { return s.Apply(addOp, Attr{}, a, b) }

// addTangents returns a + b in the shape of the call's result. One of the two may be the zero Var, not both.
func (s *Scope) addTangents(c *Call, a, b Var) Var {
	switch {
	case a.IsZero():
		return s.BroadcastTo(b, c.Out.n.shape)
	case b.IsZero():
		return s.BroadcastTo(a, c.Out.n.shape)
	}
	return s.Add(a, b)
}

var subOp *Op

func init() {
	subOp = binary("sub", kernel.Sub, nil,
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if need[0] {
				grads[0] = s.SumTo(ct, c.In[0].n.shape)
			}
			if need[1] {
				grads[1] = s.Neg(s.SumTo(ct, c.In[1].n.shape))
			}
		},
		func(s *Scope, c *Call, ts []Var) Var {
			if ts[1].IsZero() {
				return s.BroadcastTo(ts[0], c.Out.n.shape)
			}
			if ts[0].IsZero() {
				return s.BroadcastTo(s.Neg(ts[1]), c.Out.n.shape)
			}
			return s.Sub(ts[0], ts[1])
		})
}

// Sub returns a - b, element by element.
func (s *Scope) Sub(a, b Var) Var { return s.Apply(subOp, Attr{}, a, b) }

var mulOp *Op

func init() {
	mulOp = binary("mul", kernel.Mul, []Reads{In(1), In(0)},
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			for i := range grads {
				if need[i] {
					grads[i] = s.SumTo(s.Mul(ct, c.In[1-i]), c.In[i].n.shape)
				}
			}
		},
		func(s *Scope, c *Call, ts []Var) Var {
			var a, b Var
			if !ts[0].IsZero() {
				a = s.Mul(ts[0], c.In[1])
			}
			if !ts[1].IsZero() {
				b = s.Mul(c.In[0], ts[1])
			}
			return s.addTangents(c, a, b)
		})
}

// Mul returns a * b, element by element.
func (s *Scope) Mul(a, b Var) Var { return s.Apply(mulOp, Attr{}, a, b) }

var divOp *Op

func init() {
	divOp = binary("div", kernel.Div, []Reads{In(1), In(1) | Out},
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			g := s.Div(ct, c.In[1])
			if need[0] {
				grads[0] = s.SumTo(g, c.In[0].n.shape)
			}
			if need[1] {
				grads[1] = s.Neg(s.SumTo(s.Mul(g, c.Out), c.In[1].n.shape))
			}
		},
		func(s *Scope, c *Call, ts []Var) Var {
			var a, b Var
			if !ts[0].IsZero() {
				a = s.Div(ts[0], c.In[1])
			}
			if !ts[1].IsZero() {
				b = s.Neg(s.Div(s.Mul(c.Out, ts[1]), c.In[1]))
			}
			return s.addTangents(c, a, b)
		})
}

// Div returns a / b, element by element.
func (s *Scope) Div(a, b Var) Var { return s.Apply(divOp, Attr{}, a, b) }

var affineOp *Op

func init() {
	affineOp = Define(Op{
		Name:  "affine",
		Infer: inferSame,
		Eval: func(c *Call) {
			m, a := c.Attr.F[0], c.Attr.F[1]
			if c.DType() == F64 {
				kernel.Affine(Host[float64](c.Out), Host[float64](c.In[0]), m, a)
			} else {
				kernel.Affine(Host[float32](c.Out), Host[float32](c.In[0]), float32(m), float32(a))
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) { grads[0] = s.Scale(ct, c.Attr.F[0]) },
		JVP: func(s *Scope, c *Call, ts []Var) Var { return s.Scale(ts[0], c.Attr.F[0]) },
	})
}

// Affine returns mul*x + add for two numbers.
func (s *Scope) Affine(x Var, mul, add float64) Var {
	return s.Apply(affineOp, Attr{F: [4]float64{mul, add}}, x)
}

// Scale returns m * x for a number m.
func (s *Scope) Scale(x Var, m float64) Var { return s.Affine(x, m, 0) }

// AddScalar returns x + a for a number a.
func (s *Scope) AddScalar(x Var, a float64) Var { return s.Affine(x, 1, a) }

// Neg returns -x.
func (s *Scope) Neg(x Var) Var { return s.Affine(x, -1, 0) }
