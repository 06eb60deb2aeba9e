package flows

import (
	"math"

	"tweedie/autodiff"
)

// With L L^T = S, S = (A + A^T)/2, and F taking the lower triangle with half the diagonal (Smith 1995; Murray,
// arXiv:1602.07527):
//
//	JVP   dL = L F(L^{-1} dS L^{-T})
//	VJP   A_ = (X + X^T)/2,  X = L^{-T} F(L^T L_) L^{-1}
var choleskyOp, halfTrilOp *autodiff.Op

func init() {
	choleskyOp = autodiff.Define(autodiff.Op{
		Name:  "cholesky",
		Reads: []autodiff.Reads{autodiff.Out},
		Infer: inferSquare,
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F64 {
				evalCholesky(autodiff.Host[float64](c.Out), autodiff.Host[float64](c.In[0]), c.Out.Dim(-1))
			} else {
				evalCholesky(autodiff.Host[float32](c.Out), autodiff.Host[float32](c.In[0]), c.Out.Dim(-1))
			}
		},
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			l := c.Out
			y := s.SolveTriangular(l, halfTril(s, s.MatMul(l, ct, true, false)), false, true)
			grads[0] = symmetric(s, s.SolveTriangular(l, s.Transpose(y), false, true))
		},
		JVP: func(s *autodiff.Scope, c *autodiff.Call, ts []autodiff.Var) autodiff.Var {
			l := c.Out
			y := s.SolveTriangular(l, symmetric(s, ts[0]), false, false)
			p := s.SolveTriangular(l, s.Transpose(y), false, false)
			return s.MatMul(l, halfTril(s, p), false, false)
		},
	})
	halfTrilOp = autodiff.Define(autodiff.Op{
		Name:   "half_tril",
		Linear: true,
		Infer:  inferSquare,
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F64 {
				evalHalfTril(autodiff.Host[float64](c.Out), autodiff.Host[float64](c.In[0]), c.Out.Dim(-1))
			} else {
				evalHalfTril(autodiff.Host[float32](c.Out), autodiff.Host[float32](c.In[0]), c.Out.Dim(-1))
			}
		},
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			grads[0] = halfTril(s, ct)
		},
	})
}

// cholesky returns the lower triangular L with positive diagonal and L L^T = (a + a^T)/2 for a [...,N,N]. When (a +
// a^T)/2 is not positive definite, L is NaN from the failing column on. It panics with a *autodiff.ShapeError when
// the last two extents differ.
func cholesky(s *autodiff.Scope, a autodiff.Var) autodiff.Var {
	return s.Apply(choleskyOp, autodiff.Attr{}, a)
}

// halfTril returns the lower triangle of x with half its diagonal.
func halfTril(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	return s.Apply(halfTrilOp, autodiff.Attr{}, x)
}

func symmetric(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	return s.Scale(s.Add(x, s.Transpose(x)), 0.5)
}

func inferSquare(c *autodiff.Call) autodiff.Shape {
	sh := c.In[0].Shape()
	if sh.Rank() < 2 || sh.Dim(-1) != sh.Dim(-2) {
		panic(c.Errorf("want square matrices [...,N,N]"))
	}
	return sh
}

func evalCholesky[T float32 | float64](dst, src []T, n int) {
	for ; len(dst) > 0; dst, src = dst[n*n:], src[n*n:] {
		for i := range n {
			for j := range n {
				if j > i {
					dst[i*n+j] = 0
					continue
				}
				sum := (float64(src[i*n+j]) + float64(src[j*n+i])) / 2
				for k := range j {
					sum -= float64(dst[i*n+k]) * float64(dst[j*n+k])
				}
				if i == j {
					dst[i*n+i] = T(math.Sqrt(sum))
				} else {
					dst[i*n+j] = T(sum / float64(dst[j*n+j]))
				}
			}
		}
	}
}

func evalHalfTril[T float32 | float64](dst, src []T, n int) {
	for i := range dst {
		row, col := i/n%n, i%n
		switch {
		case col < row:
			dst[i] = src[i]
		case col == row:
			dst[i] = src[i] / 2
		default:
			dst[i] = 0
		}
	}
}
