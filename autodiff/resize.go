package autodiff

import "tweedie/internal/kernel"

// resize resamples axis I[0] to I[1] points; resize_adjoint applies the adjoint, from that axis to I[1] points.
var resizeOp, resizeAdjointOp *Op

func init() {
	infer := func(c *Call) Shape {
		x, n := c.In[0].n.shape, c.Attr.I[1]
		if n < 1 || x.dims[c.Attr.I[0]] < 1 {
			panic(c.Errorf("axis %d to %d points: want at least 1 on both sides", c.Attr.I[0], n))
		}
		return x.With(c.Attr.I[0], n)
	}
	resizeOp = Define(Op{
		Name:   "resize",
		Linear: true,
		Infer:  infer,
		Eval:   byType(evalResize[float32], evalResize[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.resizeAxis(resizeAdjointOp, ct, c.Attr.I[0], c.In[0].n.shape.dims[c.Attr.I[0]])
		},
	})
	resizeAdjointOp = Define(Op{
		Name:   "resize_adjoint",
		Linear: true,
		Infer:  infer,
		Eval:   byType(evalResizeAdjoint[float32], evalResizeAdjoint[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.resizeAxis(resizeOp, ct, c.Attr.I[0], c.In[0].n.shape.dims[c.Attr.I[0]])
		},
	})
}

func evalResize[T kernel.Float](c *Call) {
	outer, n, inner := c.In[0].n.shape.around(c.Attr.I[0])
	kernel.Interp(Host[T](c.Out), Host[T](c.In[0]), outer, n, c.Attr.I[1], inner)
}

func evalResizeAdjoint[T kernel.Float](c *Call) {
	outer, m, inner := c.In[0].n.shape.around(c.Attr.I[0])
	kernel.InterpAdjoint(Host[T](c.Out), Host[T](c.In[0]), outer, c.Attr.I[1], m, inner)
}

func (s *Scope) resizeAxis(op *Op, x Var, axis, n int) Var {
	return s.Apply(op, Attr{I: [16]int{axis, n}}, x)
}

// Resize resamples the 1, 2 or 3 spatial axes of x [N,C,...] to the given extents by linear, bilinear or trilinear
// interpolation without antialiasing. Elements are cells of equal width and values sit at their centres (corners
// not aligned): along an axis from n to m points, point j reads x at (j + 1/2) n/m - 1/2, held constant beyond
// the outermost centres. It panics with a *ShapeError unless there is one positive extent for each spatial axis.
func (s *Scope) Resize(x Var, size ...int) Var {
	return s.resizeAll(resizeOp, x, size)
}

// ResizeAdjoint applies the adjoint of Resize: from the extents of x back to the given ones, from which Resize came.
func (s *Scope) ResizeAdjoint(x Var, size ...int) Var {
	return s.resizeAll(resizeAdjointOp, x, size)
}

func (s *Scope) resizeAll(op *Op, x Var, size []int) Var {
	sh := x.node(op.Name, s.Path()).shape
	if len(size) == 0 || len(size) > 3 || len(size) != sh.rank-2 {
		panic(s.shapeError(op.Name, "want [N,C,...] with 1, 2 or 3 spatial axes and one extent for each", x))
	}
	c := s.Child()
	y := x
	for i, n := range size {
		if n != sh.dims[2+i] {
			y = c.resizeAxis(op, y, 2+i, n)
		}
	}
	c.Close(y)
	return y
}
