package inverse

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// LeastSquares gives any linear operator a pseudo-inverse: conjugate gradients on the normal equations (CGLS,
// Hestenes and Stiefel 1952), started at zero, converge to the shortest least-squares solution and need A and A^T
// alone. The number of iterations grows with the condition number of A. Where rounding keeps them from the tolerance,
// PseudoInverse decomposes the matrix, if that is small.
type LeastSquares struct {
	Linear
	// Tol ends the iteration at ||A^T(y - A x)|| <= Tol ||A^T y||.
	Tol float64
	// MaxIter is the largest number of iterations.
	MaxIter int
}

// NewLeastSquares gives op a pseudo-inverse with Tol 1e-12 and at most 10 (n + 10) iterations.
// It panics with a *autodiff.ValueError when op is nil.
func NewLeastSquares(op Linear) *LeastSquares {
	mustHave("NewLeastSquares", op)
	return &LeastSquares{Linear: op, Tol: 1e-12, MaxIter: 10 * (op.InShape().Size() + 10)}
}

// ConvergenceError says that an iteration ended above its tolerance.
type ConvergenceError struct {
	Op         string
	Iterations int
	Residual   float64 // relative
	Tol        float64
	Remedy     string // what the caller can do, where there is something
}

// Error says how far the iteration came and where it should have ended.
func (e *ConvergenceError) Error() string {
	text := fmt.Sprintf("%s: the relative residual is %.3g after %d iterations, above %.3g", e.Op, e.Residual, e.Iterations, e.Tol)
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}

// PseudoInverse sets dst = A+ y, with the singular value decomposition of a small matrix where Solve returns an error.
// It panics with an *OperatorError that wraps the *ConvergenceError of a large one.
func (l *LeastSquares) PseudoInverse(dst, y []float64) {
	_, err := l.Solve(dst, y)
	if err == nil {
		return
	}
	if cheap(l.OutShape().Size(), l.InShape().Size()) {
		if f, e := DenseSVD(l.Linear); e == nil {
			f.PseudoInverse(dst, y)
			return
		}
	}
	panic(&OperatorError{Op: "pseudo-inverse", Err: err})
}

// Solve sets dst = A+ y and returns the number of iterations, each of one Apply and one Adjoint. The error is a
// *ConvergenceError; dst then holds the last iterate.
func (l *LeastSquares) Solve(dst, y []float64) (int, error) {
	return l.iterate(dst, y, func([]float64) bool { return false })
}

// Early sets dst to the first iterate whose residual y - A x is small enough, or to the last one. Iterates of few steps
// hold little of the noise that an ill-conditioned A+ makes larger.
func (l *LeastSquares) Early(dst, y []float64, enough func(residual []float64) bool) {
	_, _ = l.iterate(dst, y, enough)
}

// iterate does what Solve does, and ends at a residual that is enough.
func (l *LeastSquares) iterate(dst, y []float64, enough func(residual []float64) bool) (int, error) {
	checkLen(l.Name(), "dst", len(dst), l.InShape().Size())
	checkLen(l.Name(), "y", len(y), l.OutShape().Size())
	n, m := len(dst), len(y)
	work := make([]float64, 2*n+2*m)
	s, p, r, q := work[:n], work[n:2*n], work[2*n:2*n+m], work[2*n+m:]
	clear(dst)
	copy(r, y)
	l.Adjoint(s, r)
	copy(p, s)
	gamma := floats.Dot(s, s)
	start := math.Sqrt(gamma)
	for i := 0; ; i++ {
		norm := math.Sqrt(gamma)
		if norm <= l.Tol*start || enough(r) {
			return i, nil
		}
		if i >= l.MaxIter {
			return i, &ConvergenceError{Op: l.Name(), Iterations: i, Residual: norm / start, Tol: l.Tol, Remedy: "raise MaxIter or Tol"}
		}
		l.Apply(q, p)
		alpha := gamma / floats.Dot(q, q)
		floats.AddScaled(dst, alpha, p)
		floats.AddScaled(r, -alpha, q)
		l.Adjoint(s, r)
		next := floats.Dot(s, s)
		floats.AddScaledTo(p, s, next/gamma, p)
		gamma = next
	}
}

// conjugateGradient solves P x = b for a symmetric positive definite P. It starts from the x it is given and ends
// when ||b - P x|| <= tol ||b||. It returns the number of iterations and the relative residual, computed anew from b
// - P x. The error is that of ctx when it ends before.
func conjugateGradient(ctx context.Context, apply func(dst, x []float64), x, b []float64, tol float64, maxIter int) (iterations int, residual float64, err error) {
	n := len(x)
	work := make([]float64, 3*n)
	r, p, q := work[:n], work[n:2*n], work[2*n:]
	size := floats.Norm(b, 2)
	for {
		if err := ctx.Err(); err != nil {
			return iterations, math.NaN(), err
		}
		// A start, or a restart after the recursive residual has drifted from the true one.
		apply(q, x)
		floats.SubTo(r, b, q)
		gamma := floats.Dot(r, r)
		if res := math.Sqrt(gamma); res <= tol*size || iterations >= maxIter {
			return iterations, res / max(size, math.SmallestNonzeroFloat64), nil
		}
		copy(p, r)
		for ; iterations < maxIter && math.Sqrt(gamma) > .5*tol*size && ctx.Err() == nil; iterations++ {
			apply(q, p)
			alpha := gamma / floats.Dot(p, q)
			floats.AddScaled(x, alpha, p)
			floats.AddScaled(r, -alpha, q)
			next := floats.Dot(r, r)
			floats.AddScaledTo(p, r, next/gamma, p)
			gamma = next
		}
		iterations++
	}
}
