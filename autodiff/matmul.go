package autodiff

import "tweedie/internal/kernel"

var matMulOp *Op

func init() {
	matMulOp = Define(Op{
		Name:  "matmul",
		Reads: []Reads{In(1), In(0)},
		Infer: inferMatMul,
		Eval:  byType(evalMatMul[float32], evalMatMul[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			a, b, ta, tb := c.In[0], c.In[1], c.Attr.B[0], c.Attr.B[1]
			if need[0] {
				g := Var{}
				if ta {
					g = s.MatMul(b, ct, tb, true)
				} else {
					g = s.MatMul(ct, b, false, !tb)
				}
				grads[0] = s.SumTo(g, a.n.shape)
			}
			if need[1] {
				g := Var{}
				if tb {
					g = s.MatMul(ct, a, true, ta)
				} else {
					g = s.MatMul(a, ct, !ta, false)
				}
				grads[1] = s.SumTo(g, b.n.shape)
			}
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			var l, r Var
			if !ts[0].IsZero() {
				l = s.MatMul(ts[0], c.In[1], c.Attr.B[0], c.Attr.B[1])
			}
			if !ts[1].IsZero() {
				r = s.MatMul(c.In[0], ts[1], c.Attr.B[0], c.Attr.B[1])
			}
			return s.addTangents(c, l, r)
		},
	})
}

func inferMatMul(c *Call) Shape {
	m, k := c.matrix(0)
	k2, n := c.matrix(1)
	if k != k2 {
		panic(c.Errorf("with transA=%v and transB=%v this is %dx%d times %dx%d: want the inner two extents equal", c.Attr.B[0], c.Attr.B[1], m, k, k2, n))
	}
	lead, ok := Broadcast(leading(c.In[0].n.shape), leading(c.In[1].n.shape))
	if !ok {
		panic(c.Errorf("the leading axes do not broadcast: aligned before the last two axes, extents must be equal or 1"))
	}
	return lead.Concat(matrixShape(m, n))
}

// matrix returns the rows and columns of input i, after the transposition that the call asks for.
func (c *Call) matrix(i int) (rows, cols int) {
	sh := c.In[i].n.shape
	if sh.rank < 2 {
		panic(c.Errorf("input %d has rank %d: a matrix needs rank 2 or more", i, sh.rank))
	}
	rows, cols = sh.dims[sh.rank-2], sh.dims[sh.rank-1]
	if c.Attr.B[i] {
		rows, cols = cols, rows
	}
	return rows, cols
}

func evalMatMul[T float32 | float64](c *Call) {
	dst, a, b := Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1])
	g := kernel.GemmArgs{TransA: c.Attr.B[0], TransB: c.Attr.B[1]}
	g.M, g.K = c.matrix(0)
	_, g.N = c.matrix(1)
	w := walkBatch(c)
	g.Batch, g.StrideA, g.StrideB, g.StrideC = w.inner, w.stride[0]*g.M*g.K, w.stride[1]*g.K*g.N, g.M*g.N
	for i := range w.outer {
		ia, ib := w.item(i)
		kernel.Gemm(g, dst[i*w.inner*g.StrideC:], a[ia*g.M*g.K:], b[ib*g.K*g.N:])
	}
}

// MatMul returns op(a) op(b) over the last two axes, where op transposes when transA or transB is set: [...,M,K]
// times [...,K,N] is [...,M,N]. The leading axes broadcast. It panics with a *ShapeError when the shapes do not fit.
func (s *Scope) MatMul(a, b Var, transA, transB bool) Var {
	at := Attr{B: [4]bool{transA, transB}}
	sa, sb := a.node("matmul", s.Path()).shape, b.node("matmul", s.Path()).shape
	if transA || sa.rank <= 2 || sb.rank != 2 || sa.Size() == 0 {
		return s.Apply(matMulOp, at, a, b)
	}
	c := s.Child()
	k := sa.dims[sa.rank-1]
	y := c.Apply(matMulOp, at, c.Reshape(a, matrixShape(sa.Size()/k, k)), b)
	y = c.Reshape(y, sa.With(-1, y.n.shape.dims[1]))
	c.Close(y)
	return y
}
