package inverse

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// tridiagonal is the matrix T of a Lanczos iteration: Q^T K Q with orthonormal Q whose first column is the start.
type tridiagonal struct {
	diag []float64
	off  []float64 // off[i] joins i and i+1
}

// lanczos runs up to steps steps on the positive semidefinite matrix that apply multiplies by, from start, which it
// uses up. It ends earlier when Q spans an invariant space, or when done says so. Rounding makes copies of
// eigenvalues, which do no harm to the quadratures and largest eigenvalues that it serves.
func lanczos(apply func(dst, v []float64), start []float64, steps int, done func(t *tridiagonal) bool) *tridiagonal {
	t := new(tridiagonal)
	v, last, w := start, make([]float64, len(start)), make([]float64, len(start))
	norm, beta, size := floats.Norm(v, 2), 0.0, 0.0
	if norm == 0 {
		return t
	}
	floats.Scale(1/norm, v)
	for range min(steps, len(start)) {
		apply(w, v)
		floats.AddScaled(w, -beta, last)
		alpha := floats.Dot(w, v)
		floats.AddScaled(w, -alpha, v)
		t.diag = append(t.diag, max(alpha, 0))
		size = max(size, alpha+beta)
		beta = floats.Norm(w, 2)
		if done(t) || !(beta > 1e-14*size) {
			return t
		}
		t.off = append(t.off, beta)
		floats.Scale(1/beta, w)
		v, last, w = w, v, last
	}
	t.off = t.off[:max(len(t.diag)-1, 0)]
	return t
}

// resolvent adds up the first entry of (I + e T)^-1 row by row, in positive terms: sum_i l_i^2/p_i with the pivots p and
// the first column l of the inverse factor of I + e T.
type resolvent struct {
	e                    float64
	sum, term, l2, pivot float64
}

// add takes row i of T into account.
func (r *resolvent) add(t *tridiagonal, i int) {
	p := 1 + r.e*t.diag[i]
	if i == 0 {
		r.l2 = 1
	} else {
		b := r.e * t.off[i-1]
		q := b / r.pivot
		r.l2 *= q * q
		p = max(p-b*q, 1) // T has no negative eigenvalue
	}
	r.pivot, r.term = p, r.l2/p
	r.sum += r.term
}

// resolvent returns the first entry of (I + e T)^-1.
func (t *tridiagonal) resolvent(e float64) float64 {
	r := resolvent{e: e}
	for i := range t.diag {
		r.add(t, i)
	}
	return r.sum
}

// largest returns the largest eigenvalue of T.
func (t *tridiagonal) largest() float64 {
	k := len(t.diag)
	if k == 0 {
		return 0
	}
	s := mat.NewSymDense(k, nil)
	for i, v := range t.diag {
		s.SetSym(i, i, v)
		if i+1 < k {
			s.SetSym(i, i+1, t.off[i])
		}
	}
	var e mat.EigenSym
	if !e.Factorize(s, false) {
		return math.NaN()
	}
	values := e.Values(nil)
	return values[k-1]
}
