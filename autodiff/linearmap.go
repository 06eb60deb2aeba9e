package autodiff

// LinearMapper is a linear map A of one sample with its adjoint, <A x, y> = <x, A^T y>, on float64 host slices in
// row-major order. Apply and Adjoint write every element of dst, which does not overlap their input. A scope calls them
// for one sample after the other; a map that scopes of several goroutines share must allow calls at the same time.
type LinearMapper interface {
	InShape() Shape
	OutShape() Shape
	Apply(dst, x []float64)
	Adjoint(dst, y []float64)
}

var linearMapOp, linearAdjointOp *Op

func init() {
	linearMapOp = Define(Op{
		Name:   "linear_map",
		Linear: true,
		Infer: func(c *Call) Shape {
			m := c.Attr.Any.(LinearMapper)
			return c.mapShape(m.InShape(), m.OutShape())
		},
		Eval: func(c *Call) {
			m := c.Attr.Any.(LinearMapper)
			c.eachSample(m.InShape().Size(), m.OutShape().Size(), false, m)
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.LinearAdjoint(ct, c.Attr.Any.(LinearMapper))
		},
	})
	linearAdjointOp = Define(Op{
		Name:   "linear_adjoint",
		Linear: true,
		Infer: func(c *Call) Shape {
			m := c.Attr.Any.(LinearMapper)
			return c.mapShape(m.OutShape(), m.InShape())
		},
		Eval: func(c *Call) {
			m := c.Attr.Any.(LinearMapper)
			c.eachSample(m.OutShape().Size(), m.InShape().Size(), true, m)
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.LinearMap(ct, c.Attr.Any.(LinearMapper))
		},
	})
}

// LinearMap returns A x for every sample of x [B, in...]; the result is [B, out...]. It panics with a *ShapeError
// when x is not a batch of m.InShape().
func (s *Scope) LinearMap(x Var, m LinearMapper) Var { return s.Apply(linearMapOp, Attr{Any: m}, x) }

// LinearAdjoint returns A^T y for every sample of y [B, out...]; the result is [B, in...]. It panics with a
// *ShapeError when y is not a batch of m.OutShape().
func (s *Scope) LinearAdjoint(y Var, m LinearMapper) Var {
	return s.Apply(linearAdjointOp, Attr{Any: m}, y)
}

// mapShape returns [B] followed by to, for an input whose shape is [B] followed by from.
func (c *Call) mapShape(from, to Shape) Shape {
	x := c.In[0].n.shape
	if x.rank == 0 || x.Tail(1) != from {
		panic(c.Errorf("want samples of shape %v after a batch axis", from))
	}
	if to.rank+1 > MaxRank {
		panic(c.Errorf("the map gives %v: with a batch axis that is above the limit of %d axes", to, MaxRank))
	}
	return to.Insert(0, x.dims[0])
}

// eachSample applies m, or its adjoint, to each sample: n elements in, k out, in float64.
func (c *Call) eachSample(n, k int, adjoint bool, m LinearMapper) {
	f := m.Apply
	if adjoint {
		f = m.Adjoint
	}
	batch := c.Out.n.shape.dims[0]
	if c.DType() == F64 {
		x, y := Host[float64](c.In[0]), Host[float64](c.Out)
		for b := range batch {
			f(y[b*k:(b+1)*k], x[b*n:(b+1)*n])
		}
		return
	}
	x, y := Host[float32](c.In[0]), Host[float32](c.Out)
	a := c.scope.arena
	bx, by := a.get(n, F64, false), a.get(k, F64, false)
	x64, y64 := bx.f64[:n], by.f64[:k]
	for b := range batch {
		convert(x64, x[b*n:(b+1)*n])
		f(y64, x64)
		convert(y[b*k:(b+1)*k], y64)
	}
	a.put(bx)
	a.put(by)
}
