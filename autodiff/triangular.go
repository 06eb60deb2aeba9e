package autodiff

import "tweedie/internal/kernel"

var triangleOp, solveOp *Op

func init() {
	triangleOp = Define(Op{
		Name:   "triangle",
		Linear: true,
		Infer: func(c *Call) Shape {
			c.matrix(0)
			return c.In[0].n.shape
		},
		Eval: byType(evalTriangle[float32], evalTriangle[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.triangle(ct, c.Attr.B[2])
		},
	})
	solveOp = Define(Op{
		Name:  "solve_triangular",
		Reads: []Reads{In(0) | Out, In(0)},
		Infer: inferSolve,
		Eval:  byType(evalSolve[float32], evalSolve[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			a, upper, trans := c.In[0], c.Attr.B[2], c.Attr.B[0]
			db := s.SolveTriangular(a, ct, upper, !trans)
			if need[0] {
				l, r := db, c.Out
				if trans {
					l, r = r, l
				}
				g := s.SumTo(s.MatMul(l, r, false, true), a.n.shape)
				grads[0] = s.Neg(s.triangle(g, upper))
			}
			if need[1] {
				grads[1] = s.SumTo(db, c.In[1].n.shape)
			}
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			upper, trans := c.Attr.B[2], c.Attr.B[0]
			r := ts[1]
			if !ts[0].IsZero() {
				r = s.MatMul(s.triangle(ts[0], upper), c.Out, trans, false)
				if ts[1].IsZero() {
					r = s.Neg(r)
				} else {
					r = s.Sub(ts[1], r)
				}
			}
			return s.SolveTriangular(c.In[0], r, upper, trans)
		},
	})
}

func evalTriangle[T float32 | float64](c *Call) {
	m, n := c.matrix(0)
	kernel.Triangle(Host[T](c.Out), Host[T](c.In[0]), c.Out.n.shape.Size()/(m*n), m, n, c.Attr.B[2])
}

func (s *Scope) triangle(x Var, upper bool) Var {
	return s.Apply(triangleOp, Attr{B: [4]bool{2: upper}}, x)
}

// Triu returns x [...,M,N] with 0 below the diagonal.
func (s *Scope) Triu(x Var) Var { return s.triangle(x, true) }

// Tril returns x [...,M,N] with 0 above the diagonal.
func (s *Scope) Tril(x Var) Var { return s.triangle(x, false) }

func inferSolve(c *Call) Shape {
	n, m := c.matrix(0)
	rows, k := c.matrix(1)
	if n != m || n != rows {
		panic(c.Errorf("want a square matrix and as many rows on the right: [...,N,N] and [...,N,K]"))
	}
	lead, ok := Broadcast(leading(c.In[0].n.shape), leading(c.In[1].n.shape))
	if !ok {
		panic(c.Errorf("the leading axes do not broadcast: aligned before the last two axes, extents must be equal or 1"))
	}
	return lead.Concat(matrixShape(n, k))
}

func evalSolve[T float32 | float64](c *Call) {
	x, a, b := Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1])
	n, k := c.matrix(1)
	w := walkBatch(c)
	for i := range w.outer {
		ia, ib := w.item(i)
		kernel.SolveTriangular(x[i*w.inner*n*k:(i+1)*w.inner*n*k], a[ia*n*n:], b[ib*n*k:],
			w.inner, n, k, w.stride[0]*n*n, w.stride[1]*n*k, c.Attr.B[2], c.Attr.B[0])
	}
}

// SolveTriangular solves op(a) x = b for a triangular a [...,N,N] and b [...,N,K], where op transposes when trans is
// set. It reads only the upper or lower triangle of a. The leading axes broadcast; a 0 on the diagonal gives Inf or
// NaN. It panics with a *ShapeError when the shapes do not fit.
func (s *Scope) SolveTriangular(a, b Var, upper, trans bool) Var {
	return s.Apply(solveOp, Attr{B: [4]bool{0: trans, 2: upper}}, a, b)
}
