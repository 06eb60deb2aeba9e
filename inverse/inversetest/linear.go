package inversetest

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// apply is f(x) in a new slice of n entries.
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

func (c *checker) adjoint(op inverse.Linear) {
	c.Helper()
	c.function("adjoint", op.Adjoint, c.n, c.m)
	for range 3 {
		if gap := inverse.AdjointGap(op, c.st); !(gap <= c.tol.Adjoint) {
			c.Errorf("adjoint: %s: <A x, y> and <x, A^T y> differ by %.3g relative, above %.3g", op.Name(), gap, c.tol.Adjoint)
		}
	}
}

func (c *checker) penrose(op inverse.Linear, p inverse.PseudoInverter) {
	c.Helper()
	c.function("penrose", p.PseudoInverse, c.n, c.m)
	forth := func(x []float64) []float64 { return apply(op.Apply, x, c.m) }
	back := func(y []float64) []float64 { return apply(p.PseudoInverse, y, c.n) }
	x, x2, y, y2 := c.probe(c.n), c.probe(c.n), c.probe(c.m), c.probe(c.m)
	ax, py := forth(x), back(y)
	c.near("penrose", "A A+ A x", forth(back(ax)), ax, c.tol.Penrose, 0)
	c.near("penrose", "A+ A A+ y", back(forth(py)), py, c.tol.Penrose, 0)
	symmetric := func(what string, p []float64, q []float64, u, v []float64) {
		c.Helper()
		scale := max(floats.Norm(u, 2)*floats.Norm(q, 2), floats.Norm(v, 2)*floats.Norm(p, 2))
		if gap := math.Abs(floats.Dot(u, q)-floats.Dot(v, p)) / max(scale, math.SmallestNonzeroFloat64); !(gap <= c.tol.Penrose) {
			c.Errorf("penrose: %s: %s is not symmetric, by %.3g relative, above %.3g", op.Name(), what, gap, c.tol.Penrose)
		}
	}
	symmetric("A A+", forth(back(y)), forth(back(y2)), y, y2)
	symmetric("A+ A", back(forth(x)), back(forth(x2)), x, x2)
}

func (c *checker) svd(op inverse.Linear, d inverse.SVD) {
	c.Helper()
	s := d.Singular()
	if len(s) > min(c.m, c.n) {
		c.Errorf("svd: %s has %d singular values, above min(m,n) = %d", op.Name(), len(s), min(c.m, c.n))
		return
	}
	for i, v := range s {
		if !(v >= 0) {
			c.Errorf("svd: %s: singular value %d is %v", op.Name(), i, v)
		}
	}
	c.orthogonal("V", d.V, d.Vt, c.n)
	c.orthogonal("U", d.U, d.Ut, c.m)
	x, full := c.probe(c.n), make([]float64, c.m)
	for i, v := range apply(d.Vt, x, c.n)[:len(s)] {
		full[i] = s[i] * v
	}
	want := apply(op.Apply, x, c.m)
	c.near("svd", "U diag(s) V^T x", apply(d.U, full, c.m), want, c.tol.SVD, 0)
	// A null vector shows a range that is not covered better than a random x, in which the range dominates.
	if len(s) < c.n {
		z := c.probe(c.n)
		clear(z[:len(s)])
		c.near("svd", "A on the null columns of V", apply(op.Apply, apply(d.V, z, c.n), c.m), make([]float64, c.m), c.tol.SVD, floats.Norm(want, math.Inf(1)))
	}
}

// orthogonal checks that forth is orthogonal and back its inverse.
func (c *checker) orthogonal(name string, forth, back func(dst, x []float64), n int) {
	c.Helper()
	c.function("svd", forth, n, n)
	c.function("svd", back, n, n)
	x, y := c.probe(n), c.probe(n)
	c.near("svd", name+"^T "+name, apply(back, apply(forth, x, n), n), x, c.tol.SVD, 0)
	c.near("svd", name+" "+name+"^T", apply(forth, apply(back, x, n), n), x, c.tol.SVD, 0)
	got := floats.Dot(apply(forth, x, n), apply(forth, y, n))
	scale := floats.Norm(x, 2) * floats.Norm(y, 2)
	if gap := math.Abs(got-floats.Dot(x, y)) / scale; !(gap <= c.tol.SVD) {
		c.Errorf("svd: %s: %s changes inner products by %.3g relative, above %.3g", c.op.Name(), name, gap, c.tol.SVD)
	}
}

func (c *checker) gram(op inverse.DiagonalGram) {
	c.Helper()
	c.function("gram", op.GramDiagonal, c.n, c.m)
	x, w := c.probe(c.n), c.probe(c.m)
	y := apply(op.Apply, x, c.m)
	floats.Mul(y, w)
	want := apply(op.Adjoint, y, c.n)
	got := apply(op.GramDiagonal, w, c.n)
	floats.Mul(got, x)
	c.near("gram", "A^T diag(w) A x", got, want, c.tol.Gram, 0)
}

func (c *checker) gradient(op inverse.Differentiable) {
	c.Helper()
	x, v, ct := c.probe(c.n), c.probe(c.n), c.probe(c.m)
	c.function("gradient", func(dst, ct []float64) { op.VJP(dst, x, ct) }, c.n, c.m)
	const h = 1e-5
	plus, minus := make([]float64, c.n), make([]float64, c.n)
	floats.AddScaledTo(plus, x, h, v)
	floats.AddScaledTo(minus, x, -h, v)
	jv := apply(op.Apply, plus, c.m)
	floats.Sub(jv, apply(op.Apply, minus, c.m))
	floats.Scale(1/(2*h), jv)
	got := make([]float64, c.n)
	op.VJP(got, x, ct)
	a, b := floats.Dot(ct, jv), floats.Dot(got, v)
	scale := max(floats.Norm(ct, 2)*floats.Norm(jv, 2), floats.Norm(got, 2)*floats.Norm(v, 2), math.SmallestNonzeroFloat64)
	if gap := math.Abs(a-b) / scale; !(gap <= c.tol.Gradient) {
		c.Errorf("gradient: %s: <ct, A' v> and <VJP(ct), v> differ by %.3g relative, above %.3g", op.Name(), gap, c.tol.Gradient)
	}
}

func (c *checker) config(op inverse.Described) {
	c.Helper()
	if op.Config() == nil {
		return
	}
	data, err := inverse.Encode(op.Config())
	if err != nil {
		c.Errorf("config: %s: %v", op.Name(), err)
		return
	}
	again, err := inverse.Decode(data, op.InShape())
	if err != nil {
		c.Errorf("config: %s: its own description %s does not decode: %v", op.Name(), data, err)
		return
	}
	x := c.probe(c.n)
	if again.OutShape() != op.OutShape() || !same(apply(again.Apply, x, c.m), apply(op.Apply, x, c.m)) {
		c.Errorf("config: %s: what %s describes is another operator", op.Name(), data)
	}
}
