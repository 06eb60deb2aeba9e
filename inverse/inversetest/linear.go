package inversetest

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// apply returns f(x) in a new slice of n entries.
func apply(f func(dst, x []float64), x []float64, n int) []float64 {
	y := make([]float64, n)
	f(y, x)
	return y
}

func (c *checker) linear(op inverse.Linear) {
	c.Helper()
	x, y := c.probe(c.n), c.probe(c.n)
	mix := make([]float64, c.n)
	for i := range mix {
		mix[i] = 2.5*x[i] - 1.25*y[i]
	}
	want, ay := apply(op.Apply, x, c.m), apply(op.Apply, y, c.m)
	for i := range want {
		want[i] = 2.5*want[i] - 1.25*ay[i]
	}
	c.near("linear", "A(a x + b y)", apply(op.Apply, mix, c.m), want, c.tol.Linear, 0)
	c.near("linear", "A 0", apply(op.Apply, make([]float64, c.n), c.m), make([]float64, c.m), 0, 0)
}

// probes is the number of random vectors of an identity that has no vector to compare entry by entry.
const probes = 4

func (c *checker) adjoint(op inverse.Linear) {
	c.Helper()
	c.function("adjoint", op.Adjoint, c.n, c.m)
	for range probes {
		if gap := inverse.AdjointGap(op, c.st); !(gap <= c.tol.Adjoint) {
			c.Errorf("adjoint: %s: <A x, y> and <x, A^T y> differ by %.3g relative, above %.3g", op.Name(), gap, c.tol.Adjoint)
			return
		}
	}
	x, y := c.probe(c.n), c.probe(c.m)
	const identity = "adjoint: %s: <A x, y> and <x, A^T y> differ by %.3g relative, above %.3g, on %s of the %s"
	c.transposed(identity, "measurement", c.tol.Adjoint, op.Adjoint, x, apply(op.Apply, x, c.m))
	c.transposed(identity, "image", c.tol.Adjoint, op.Apply, y, apply(op.Adjoint, y, c.n))
}

// transposed requires <x, back(w)> = <ax, w> for the vectors w that are zero but on one part of the entries of ax, and
// reports the worst part as the identity that it breaks. Terms below 1e-3 of |ax| |w| are rounding of the others and count as that much.
func (c *checker) transposed(identity, where string, tol float64, back func(dst, w []float64), x, ax []float64) {
	c.Helper()
	var worst worstPart
	for p := range parts(len(ax)) {
		w := p.probe(c.st)
		b := apply(back, w, len(x))
		size := max(floats.Norm(x, 2)*floats.Norm(b, 2), 1e-3*floats.Norm(ax, 2)*floats.Norm(w, 2), math.SmallestNonzeroFloat64)
		worst.take(math.Abs(floats.Dot(x, b)-floats.Dot(ax, w))/size, p)
	}
	if !(worst.gap <= tol) {
		c.Errorf(identity, c.op.Name(), worst.gap, tol, worst.at, where)
	}
}
