package inversetest

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

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
