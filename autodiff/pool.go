package autodiff

import "tweedie/internal/kernel"

// avg_pool sums over windows and up_nearest repeats over windows, both times the scale F[0]: with the same scale each
// is the adjoint of the other.
var avgPoolOp, upNearestOp *Op

func init() {
	avgPoolOp = Define(Op{
		Name:   "avg_pool",
		Linear: true,
		Infer: func(c *Call) Shape {
			out := c.In[0].n.shape
			for i := range c.windows() {
				d, k := &out.dims[2+i], c.Attr.I[i]
				if *d%k != 0 {
					panic(c.Errorf("spatial axis %d: %d elements in windows of %d: want a multiple; pad or slice the input", i, *d, k))
				}
				*d /= k
			}
			return out
		},
		Eval: func(c *Call) {
			if c.DType() == F64 {
				evalPool(c, kernel.PoolSum[float64], c.Out.n.shape)
			} else {
				evalPool(c, kernel.PoolSum[float32], c.Out.n.shape)
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Apply(upNearestOp, c.Attr, ct)
		},
	})
	upNearestOp = Define(Op{
		Name:   "up_nearest",
		Linear: true,
		Infer: func(c *Call) Shape {
			out := c.In[0].n.shape
			for i := range c.windows() {
				out.dims[2+i] *= c.Attr.I[i]
			}
			return out
		},
		Eval: func(c *Call) {
			if c.DType() == F64 {
				evalPool(c, kernel.Repeat[float64], c.In[0].n.shape)
			} else {
				evalPool(c, kernel.Repeat[float32], c.In[0].n.shape)
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Apply(avgPoolOp, c.Attr, ct)
		},
	})
}

// AvgPool returns the mean over windows of k elements that do not overlap, of x [N,C,...] with 1, 2 or 3 spatial
// axes; k is one number for all axes or one for each. It panics with a *ShapeError when a window does not divide its
// axis.
func (s *Scope) AvgPool(x Var, k ...int) Var {
	a, n := windowAttr(x.node("avg_pool", s.Path()).shape, k)
	a.F[0] = 1 / float64(n)
	return s.Apply(avgPoolOp, a, x)
}

// UpNearest repeats every element of x [N,C,...] f times along each of its 1, 2 or 3 spatial axes; f is one
// number for all axes or one for each.
func (s *Scope) UpNearest(x Var, f ...int) Var {
	a, _ := windowAttr(x.node("up_nearest", s.Path()).shape, f)
	a.F[0] = 1
	return s.Apply(upNearestOp, a, x)
}

// windowAttr packs the window's extents into I[0:3] and how many were given into I[3]; n is the number of elements in
// a window.
func windowAttr(x Shape, k []int) (a Attr, n int) {
	a.I[3] = len(k)
	n = 1
	for i := 0; i < min(x.rank-2, 3) && len(k) > 0; i++ {
		a.I[i] = k[min(i, len(k)-1)]
		n *= a.I[i]
	}
	return a, n
}

// windows checks the call and returns the number of spatial axes.
func (c *Call) windows() int {
	x, n := c.In[0].n.shape, c.Attr.I[3]
	if x.rank < 3 || x.rank > 5 || (n != 1 && n != x.rank-2) {
		panic(c.Errorf("%d window extents: want [N,C,...] with 1, 2 or 3 spatial axes and one extent for all or for each", n))
	}
	for i, k := range c.Attr.I[:x.rank-2] {
		if k < 1 {
			panic(c.Errorf("spatial axis %d: a window of %d: want at least 1", i, k))
		}
	}
	return x.rank - 2
}

func evalPool[T kernel.Float](c *Call, k func(dst, x []T, outer int, coarse, win [3]int, scale T), coarse Shape) {
	outer, sp := spatial3(coarse)
	win := [3]int{1, 1, 1}
	d := coarse.rank - 2
	copy(win[3-d:], c.Attr.I[:d])
	k(Host[T](c.Out), Host[T](c.In[0]), outer, sp, win, T(c.Attr.F[0]))
}

// spatial3 returns the number of planes of [N,C,...] and its spatial extents, filled up to three with ones in front.
func spatial3(x Shape) (outer int, sp [3]int) {
	sp = [3]int{1, 1, 1}
	copy(sp[5-x.rank:], x.dims[2:x.rank])
	return x.dims[0] * x.dims[1], sp
}
