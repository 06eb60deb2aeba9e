package infer

import "tweedie/inverse"

// LeastSquares computes the misfit |y - A(x)|^2/2, without a noise level, of an operator that is Linear or Differentiable. It
// serves one goroutine.
type LeastSquares struct {
	op inverse.Operator
	y  []float64
	r  []float64
}

// NewLeastSquares returns the misfit of a likelihood's operator and data.
func NewLeastSquares(lik *inverse.Likelihood) *LeastSquares {
	return &LeastSquares{lik.Op, lik.Y, make([]float64, len(lik.Y))}
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

// Start sets dst = A+ y, through conjugate gradients when the operator has no pseudo-inverse of its own, and to zero for
// an operator that is not linear. Methods begin there.
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
	_, err := inverse.NewLeastSquares(lin).Solve(dst, l.y)
	return err
}
