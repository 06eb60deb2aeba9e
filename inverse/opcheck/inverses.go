package opcheck

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// mostIdentity bounds the relative error of the identities of a decomposition and of a pseudo-inverse.
const mostIdentity = 1e-6

// decomposition checks A = U diag(s) V' on an image, and that V' keeps lengths.
func (e *examination) decomposition() {
	svd, ok := e.op.(inverse.SVD)
	if !ok {
		return
	}
	x := e.normals("svd", e.n)
	c := make([]float64, e.n)
	svd.Vt(c, x)
	turned := math.Abs(floats.Norm(c, 2)/floats.Norm(x, 2) - 1)
	full, y := make([]float64, e.m), make([]float64, e.m)
	for i, s := range svd.Singular() {
		full[i] = s * c[i]
	}
	svd.U(y, full)
	want := e.apply(x)
	gap := floats.Distance(y, want, 2) / max(floats.Norm(want, 2), math.SmallestNonzeroFloat64)
	e.within("decomposition", max(turned, gap), mostIdentity, "A = U diag(s) V' with an orthogonal V", "A is not U diag(s) V', or V is not orthogonal",
		"singular values in another order than the columns, or a basis that is not normalised")
}

// pseudoInverse checks the four identities of Penrose (1955) on random vectors.
func (e *examination) pseudoInverse() {
	p, ok := e.op.(inverse.PseudoInverter)
	if !ok {
		return
	}
	inv := func(y []float64) []float64 {
		x := make([]float64, e.n)
		p.PseudoInverse(x, y)
		return x
	}
	apart := func(a, b []float64) float64 {
		return floats.Distance(a, b, 2) / max(floats.Norm(b, 2), math.SmallestNonzeroFloat64)
	}
	x, w, y, z := e.normals("penrose.x", e.n), e.normals("penrose.w", e.n), e.normals("penrose.y", e.m), e.normals("penrose.z", e.m)
	ax, py := e.apply(x), inv(y)
	skew := func(a, b, c, d []float64) float64 { // |<a, b> - <c, d>| relative to the vectors that do not pass through A
		return math.Abs(floats.Dot(a, b)-floats.Dot(c, d)) / (floats.Norm(b, 2) * floats.Norm(c, 2))
	}
	worst, bad := 0.0, false
	for _, c := range []struct {
		gap        float64
		law, cause string
	}{
		{apart(e.apply(inv(ax)), ax), "A A+ A = A", "A+ misses a part of the range of A, or a scale"},
		{apart(inv(e.apply(py)), py), "A+ A A+ = A+", "A+ adds something from the null space of A"},
		{skew(e.apply(py), z, y, e.apply(inv(z))), "A A+ is symmetric", "A+ solves a weighted least-squares problem and not the plain one"},
		{skew(inv(ax), w, x, inv(e.apply(w))), "A+ A is symmetric", "A+ is a right inverse that is not the shortest one"},
	} {
		if worst = max(worst, c.gap); !(c.gap <= mostIdentity) {
			bad = true
			e.within("pseudo-inverse", c.gap, mostIdentity, "", "the pseudo-inverse is not that of Moore and Penrose: "+c.law+" does not hold", c.cause)
		}
	}
	if !bad {
		e.within("pseudo-inverse", worst, mostIdentity, "the pseudo-inverse is that of Moore and Penrose: all four identities hold", "", "")
	}
}
