package inverse

import (
	"math"
	"slices"

	"tweedie/rng"
)

// Lanczos iterations of this many steps from a random start miss the largest eigenvalue by more than a fraction
// topError of it with a probability below 1.648 sqrt(n) exp(-sqrt(topError) (2 topSteps - 1)) = 1e-7 sqrt(n)
// (Kuczynski and Wozniakowski 1992).
const topSteps, topError = 60, .02

// Norm returns the largest singular value of A. That of an SVD is exact; otherwise it is a number that is at least the
// largest and at most a hundredth above it, from 60 applications of A and of A^T. It panics with a *autodiff.ValueError
// when op is nil.
func Norm(op Linear) float64 {
	mustHave("Norm", op)
	if s, ok := op.(SVD); ok {
		return slices.Max(s.Singular())
	}
	x := make([]float64, op.InShape().Size())
	return top(op.OutShape().Size(), func(dst, v []float64) {
		op.Adjoint(x, v)
		op.Apply(dst, x)
	})
}

// top returns the root of the largest eigenvalue of the positive semidefinite matrix [m,m] that outer multiplies by, or up
// to a hundredth more.
func top(m int, outer func(dst, v []float64)) float64 {
	start := make([]float64, m)
	rng.New(0).Split("inverse.top", 0).Stream().FillNorm(start)
	t := lanczos(outer, start, topSteps, func(*tridiagonal) bool { return false })
	return math.Sqrt(t.largest() / (1 - topError))
}
