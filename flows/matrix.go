package flows

import (
	"math"
	"sync"

	"tweedie/autodiff"
)

// With Y = A^{-1}:
//
//	inverse      JVP  -Y dA Y            VJP  -Y^T Y_ Y^T
//	log|det A|   JVP  sum Y^T * dA       VJP  l_ Y^T
var inverseOp, logDetOp *autodiff.Op

func init() {
	inverseOp = autodiff.Define(autodiff.Op{
		Name:  "inverse",
		Reads: []autodiff.Reads{autodiff.Out},
		Infer: inferSquare,
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F64 {
				eachInverse(autodiff.Host[float64](c.Out), autodiff.Host[float64](c.In[0]), c.Out.Dim(-1))
			} else {
				eachInverse(autodiff.Host[float32](c.Out), autodiff.Host[float32](c.In[0]), c.Out.Dim(-1))
			}
		},
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			grads[0] = s.Neg(s.MatMul(s.MatMul(c.Out, ct, true, false), c.Out, false, true))
		},
		JVP: func(s *autodiff.Scope, c *autodiff.Call, ts []autodiff.Var) autodiff.Var {
			return s.Neg(s.MatMul(s.MatMul(c.Out, ts[0], false, false), c.Out, false, false))
		},
	})
	logDetOp = autodiff.Define(autodiff.Op{
		Name:  "log_abs_det",
		Reads: []autodiff.Reads{autodiff.In(0)},
		Infer: func(c *autodiff.Call) autodiff.Shape {
			return inferSquare(c).Drop(-1).Drop(-1)
		},
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F64 {
				eachLogDet(autodiff.Host[float64](c.Out), autodiff.Host[float64](c.In[0]), c.In[0].Dim(-1))
			} else {
				eachLogDet(autodiff.Host[float32](c.Out), autodiff.Host[float32](c.In[0]), c.In[0].Dim(-1))
			}
		},
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			each := s.Reshape(ct, ct.Shape().Concat(autodiff.S(1, 1)))
			grads[0] = s.Mul(s.Transpose(inverse(s, c.In[0])), each)
		},
		JVP: func(s *autodiff.Scope, c *autodiff.Call, ts []autodiff.Var) autodiff.Var {
			return s.Sum(s.Mul(s.Transpose(inverse(s, c.In[0])), ts[0]), -2, -1)
		},
	})
}

// inverse returns a^{-1} for square matrices a [...,N,N], computed in float64 by elimination with row exchanges; a
// singular matrix gives NaN or Inf. It panics with a *autodiff.ShapeError when the last two extents differ.
func inverse(s *autodiff.Scope, a autodiff.Var) autodiff.Var {
	return s.Apply(inverseOp, autodiff.Attr{}, a)
}

// logAbsDet returns ln|det a| [...] for square matrices a [...,N,N], -Inf for a singular one. It panics with a
// *autodiff.ShapeError when the last two extents differ.
func logAbsDet(s *autodiff.Scope, a autodiff.Var) autodiff.Var {
	return s.Apply(logDetOp, autodiff.Attr{}, a)
}

// elimination holds L U = P A in one array; row i of P A is row rows[i] of A.
type elimination struct {
	lu, column []float64
	rows       []int
}

var eliminations = sync.Pool{New: func() any { return new(elimination) }}

// factor decomposes the n x n matrix a into e, as P A = L U.
func factor[T float32 | float64](e *elimination, a []T, n int) {
	if cap(e.lu) < n*n {
		e.lu, e.column, e.rows = make([]float64, n*n), make([]float64, n), make([]int, n)
	}
	e.lu, e.column, e.rows = e.lu[:n*n], e.column[:n], e.rows[:n]
	for i, v := range a[:n*n] {
		e.lu[i] = float64(v)
	}
	for i := range e.rows {
		e.rows[i] = i
	}
	for k := range n {
		top := k
		for i := k + 1; i < n; i++ {
			if math.Abs(e.lu[i*n+k]) > math.Abs(e.lu[top*n+k]) {
				top = i
			}
		}
		e.rows[k], e.rows[top] = e.rows[top], e.rows[k]
		for j := range n {
			e.lu[k*n+j], e.lu[top*n+j] = e.lu[top*n+j], e.lu[k*n+j]
		}
		for i := k + 1; i < n; i++ {
			e.lu[i*n+k] /= e.lu[k*n+k]
			for j := k + 1; j < n; j++ {
				e.lu[i*n+j] -= e.lu[i*n+k] * e.lu[k*n+j]
			}
		}
	}
}

func eachInverse[T float32 | float64](dst, src []T, n int) {
	e := eliminations.Get().(*elimination)
	defer eliminations.Put(e)
	for ; len(dst) > 0; dst, src = dst[n*n:], src[n*n:] {
		factor(e, src, n)
		for j := range n { // column j of the result: forward, then backward substitution
			y := e.column
			for i := range n {
				y[i] = 0
				if e.rows[i] == j {
					y[i] = 1
				}
				for k := range i {
					y[i] -= e.lu[i*n+k] * y[k]
				}
			}
			for i := n - 1; i >= 0; i-- {
				for k := i + 1; k < n; k++ {
					y[i] -= e.lu[i*n+k] * y[k]
				}
				y[i] /= e.lu[i*n+i]
				dst[i*n+j] = T(y[i])
			}
		}
	}
}

func eachLogDet[T float32 | float64](dst, src []T, n int) {
	e := eliminations.Get().(*elimination)
	defer eliminations.Put(e)
	for b := range dst {
		factor(e, src[b*n*n:], n)
		sum := 0.0
		for i := range n {
			sum += math.Log(math.Abs(e.lu[i*n+i]))
		}
		dst[b] = T(sum)
	}
}
