package autodiff

import "tweedie/internal/kernel"

var gatherOp, scatterOp *Op

func init() {
	gatherOp = Define(Op{
		Name:   "gather",
		Linear: true,
		Infer: func(c *Call) Shape {
			sh, k := c.In[0].n.shape, c.Attr.I[0]
			c.checkIndex(sh.dims[k])
			return sh.With(k, len(c.Attr.Idx))
		},
		Eval: byType(evalGather[float32], evalGather[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			k := c.Attr.I[0]
			grads[0] = s.ScatterAdd(ct, k, c.Attr.Idx, c.In[0].n.shape.dims[k])
		},
	})
	scatterOp = Define(Op{
		Name:   "scatter_add",
		Linear: true,
		Infer: func(c *Call) Shape {
			sh, k, n := c.In[0].n.shape, c.Attr.I[0], c.Attr.I[1]
			if sh.dims[k] != len(c.Attr.Idx) {
				panic(c.Errorf("%d indices for the %d elements of axis %d: want one each", len(c.Attr.Idx), sh.dims[k], k))
			}
			c.checkIndex(n)
			return sh.With(k, n)
		},
		Eval: byType(evalScatter[float32], evalScatter[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Gather(ct, c.Attr.I[0], c.Attr.Idx)
		},
	})
}

func (c *Call) checkIndex(n int) {
	for j, i := range c.Attr.Idx {
		if i < 0 || i >= n {
			panic(c.Errorf("index %d is %d: want 0 to %d on axis %d", j, i, n-1, c.Attr.I[0]))
		}
	}
}

func evalGather[T float32 | float64](c *Call) {
	o, n, i := c.In[0].n.shape.around(c.Attr.I[0])
	kernel.Gather(Host[T](c.Out), Host[T](c.In[0]), c.Attr.Idx, o, n, i)
}

func evalScatter[T float32 | float64](c *Call) {
	o, n, i := c.Out.n.shape.around(c.Attr.I[0])
	kernel.ScatterAdd(Host[T](c.Out), Host[T](c.In[0]), c.Attr.Idx, o, n, i)
}

// Gather picks elements along an axis: y[..., j, ...] = x[..., idx[j], ...]. idx is not copied and must not change
// while the tape lives. It panics with a *ShapeError when an index is out of range.
func (s *Scope) Gather(x Var, axis int, idx []int) Var {
	return s.Apply(gatherOp, Attr{I: [16]int{s.axis("gather", x, axis)}, Idx: idx}, x)
}

// ScatterAdd adds elements up along an axis, which becomes n long: y[..., k, ...] = sum over j with idx[j] = k of
// x[..., j, ...], in the order of j. It is the adjoint of Gather. idx is not copied and must not change while the
// tape lives. It panics with a *ShapeError when an index is out of range or their number is not the extent of the
// axis.
func (s *Scope) ScatterAdd(x Var, axis int, idx []int, n int) Var {
	return s.Apply(scatterOp, Attr{I: [16]int{s.axis("scatter_add", x, axis), n}, Idx: idx}, x)
}
