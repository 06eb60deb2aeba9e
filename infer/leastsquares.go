package infer

import "tweedie/inverse"

// LeastSquares computes the misfit |y - A(x)|^2/2, without a noise level, of an operator that is Linear or Differentiable. It
// serves one goroutine.
type LeastSquares struct {
	op    inverse.Operator
	noise inverse.Noise
	y     []float64
	r     []float64
}

// NewLeastSquares returns the misfit of a likelihood's operator and data.
func NewLeastSquares(lik *inverse.Likelihood) *LeastSquares {
	return &LeastSquares{lik.Op, lik.Noise, lik.Y, make([]float64, len(lik.Y))}
}

// Len returns the number of measurements.
func (l *LeastSquares) Len() int { return len(l.y) }

// Grad sets dst = A'(x)^T (A(x) - y).
func (l *LeastSquares) Grad(dst, x []float64) {
	l.op.Apply(l.r, x)
	for i, y := range l.y {
		l.r[i] -= y
	}
	if lin, ok := l.op.(inverse.Linear); ok {
		lin.Adjoint(dst, l.r)
		return
	}
	l.op.(inverse.Differentiable).VJP(dst, x, l.r)
}

// Steps of the conjugate gradients to a start: towards A+ y, and where they do not reach it, towards the data.
const mostSteps, earlySteps = 1000, 100

// Start sets dst to where methods begin: to A+ y, through conjugate gradients when the operator has no pseudo-inverse of
// its own, and to zero for an operator that is not linear. Where A is so ill-conditioned that the iteration does not end,
// A+ y would hold little but noise made larger, and the start is the first iterate with chi^2 at most that of noise.
func (l *LeastSquares) Start(dst []float64) error {
	if p, ok := l.op.(inverse.PseudoInverter); ok {
		p.PseudoInverse(dst, l.y)
		return nil
	}
	lin, ok := l.op.(inverse.Linear)
	if !ok {
		clear(dst)
		return nil
	}
	c := inverse.NewLeastSquares(lin)
	c.MaxIter = min(c.MaxIter, mostSteps)
	if _, err := c.Solve(dst, l.y); err == nil {
		return nil
	}
	c.MaxIter = earlySteps
	c.Early(dst, l.y, func(residual []float64) bool {
		for i, r := range residual {
			l.r[i] = l.y[i] - r
		}
		return l.noise.ChiSquared(l.y, l.r) <= float64(len(l.y))
	})
	return nil
}
