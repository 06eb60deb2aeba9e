package infer

import (
	"math"
	"tweedie/inverse"

	"gonum.org/v1/gonum/floats"
)

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

// mostAmplified is how many times as long as the first step of conjugate gradients A+ y may be before it is taken for noise
// made larger.
const mostAmplified = 50

// Start sets dst to where methods begin: to A+ y, through conjugate gradients when the operator has no pseudo-inverse of
// its own, and to zero for an operator that is not linear. Where A is so ill-conditioned that the iteration does not end, or
// that A+ y holds little but noise made larger, the start is the first iterate with chi^2 at most that of noise.
func (l *LeastSquares) Start(dst []float64) error {
	lin, linear := l.op.(inverse.Linear)
	if p, ok := l.op.(inverse.PseudoInverter); ok {
		p.PseudoInverse(dst, l.y)
		if !linear || !(floats.Norm(dst, 2) > mostAmplified*l.firstStep(lin)) {
			return nil
		}
	}
	if !linear {
		clear(dst)
		return nil
	}
	c := inverse.NewLeastSquares(lin)
	c.MaxIter = min(c.MaxIter, mostSteps)
	if _, own := l.op.(inverse.PseudoInverter); !own {
		if _, err := c.Solve(dst, l.y); err == nil {
			return nil
		}
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

// firstStep returns the length of the first step of conjugate gradients from zero, |A^T y|^3/|A A^T y|^2.
func (l *LeastSquares) firstStep(lin inverse.Linear) float64 {
	g, ag := make([]float64, lin.InShape().Size()), make([]float64, len(l.y))
	lin.Adjoint(g, l.y)
	lin.Apply(ag, g)
	n, m := floats.Norm(g, 2), floats.Norm(ag, 2)
	if m == 0 {
		return math.Inf(1)
	}
	return n * (n / m) * (n / m)
}
