package autodiff

import "tweedie/internal/kernel"

var broadcastOp *Op

func init() {
	broadcastOp = Define(Op{
		Name:   "broadcast",
		Linear: true,
		Infer: func(c *Call) Shape {
			to := shapeAttr(&c.Attr)
			if r, ok := Broadcast(c.In[0].n.shape, to); !ok || r != to {
				panic(c.Errorf("cannot be broadcast to %v", to))
			}
			return to
		},
		Eval: func(c *Call) {
			var dims, strides [MaxRank]int
			to := c.Out.n.shape
			d := to.Dims(dims[:])
			st := broadcastStrides(c.In[0].n.shape, to, &strides)
			if c.DType() == F64 {
				kernel.Permute(Host[float64](c.Out), Host[float64](c.In[0]), d, st)
			} else {
				kernel.Permute(Host[float32](c.Out), Host[float32](c.In[0]), d, st)
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.SumTo(ct, c.In[0].n.shape)
		},
	})
}

// BroadcastTo repeats x to shape by the trailing-axes rule. It panics with a *ShapeError when that fails.
func (s *Scope) BroadcastTo(x Var, shape Shape) Var {
	if x.node("broadcast", s.Path()).shape == shape {
		return x
	}
	return s.Apply(broadcastOp, attrShape(shape), x)
}

// attrShape packs a shape into I[8:16], with the rank in I[7].
func attrShape(shape Shape) (a Attr) {
	a.I[7] = shape.rank
	copy(a.I[8:], shape.dims[:])
	return a
}

func shapeAttr(a *Attr) (s Shape) {
	s.rank = a.I[7]
	copy(s.dims[:], a.I[8:])
	return s
}

// broadcastStrides returns the element strides that read a Var of shape from as shape to: 0 on repeated axes.
func broadcastStrides(from, to Shape, buf *[MaxRank]int) []int {
	st := from.Strides()
	off := to.rank - from.rank
	for i := 0; i < to.rank; i++ {
		buf[i] = 0
		if j := i - off; j >= 0 && from.dims[j] != 1 {
			buf[i] = st[j]
		}
	}
	return buf[:to.rank]
}

var sumAxesOp *Op

func init() {
	sumAxesOp = Define(Op{
		Name:   "sum",
		Linear: true,
		Infer:  func(c *Call) Shape { return shapeAttr(&c.Attr) },
		Eval: func(c *Call) {
			o, n, i := c.Attr.I[0], c.Attr.I[1], c.Attr.I[2]
			if c.DType() == F64 {
				kernel.Sum(Host[float64](c.Out), Host[float64](c.In[0]), o, n, i)
			} else {
				kernel.Sum(Host[float32](c.Out), Host[float32](c.In[0]), o, n, i)
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.BroadcastTo(ct, c.In[0].n.shape)
		},
	})
}

// sumAxes sums over the adjacent axes [lo, hi) and keeps them with extent 1.
func (s *Scope) sumAxes(x Var, lo, hi int) Var {
	sh := x.n.shape
	a := Attr{I: [16]int{1, 1, 1}}
	out := sh
	for i := 0; i < sh.rank; i++ {
		k := 0
		if i >= lo {
			k = 1
			out.dims[i] = 1
		}
		if i >= hi {
			k = 2
			out.dims[i] = sh.dims[i]
		}
		a.I[k] *= sh.dims[i]
	}
	b := attrShape(out)
	copy(b.I[:3], a.I[:3])
	return s.Apply(sumAxesOp, b, x)
}

// SumTo sums x over the axes that BroadcastTo repeats from shape to x's shape: the adjoint of BroadcastTo. It panics
// with a *ShapeError when shape does not broadcast to x's.
func (s *Scope) SumTo(x Var, shape Shape) Var {
	from := x.node("sum_to", s.Path()).shape
	if from == shape {
		return x
	}
	if r, ok := Broadcast(shape, from); !ok || r != from {
		panic(&ShapeError{Op: "sum_to", Module: s.Path(), Shapes: []Shape{from}, Msg: "is not a broadcast of " + shape.String()})
	}
	c := s.Child()
	y := x
	off := from.rank - shape.rank
	for hi := from.rank; hi > 0; hi-- {
		lo := hi
		for lo > 0 && y.n.shape.dims[lo-1] != 1 && (lo-1 < off || shape.dims[lo-1-off] == 1) {
			lo--
		}
		if lo < hi {
			y = c.sumAxes(y, lo, hi)
			hi = lo + 1
		}
	}
	y = c.Reshape(y, shape)
	c.Close(y)
	return y
}
