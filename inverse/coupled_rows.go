package inverse

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// rowGram returns the diagonal k of A A^T if A A^T is diagonal, as it is for masks and averages over blocks. It applies
// A alone: with signs e, (A A^T e) e holds k, and then the correlations k^-1/2 A A^T k^-1/2 v = v for random v. A matrix
// that is not diagonal passes with probability zero, unless its correlations are below 1e-10.
func rowGram(op Linear) (k []float64, diagonal bool) {
	st := rng.New(0).Split("inverse.rowGram", 0).Stream()
	n, m := op.InShape().Size(), op.OutShape().Size()
	x, e, v := make([]float64, n), make([]float64, m), make([]float64, m)
	k = make([]float64, m)
	st.FillRademacher(e)
	op.Adjoint(x, e)
	op.Apply(k, x)
	floats.Mul(k, e)
	if floats.Min(k) < 0 {
		return nil, false
	}
	for range 2 {
		st.FillNorm(e)
		for i := range v {
			v[i] = e[i]
			if k[i] > 0 {
				v[i] /= math.Sqrt(k[i])
			}
		}
		op.Adjoint(x, v)
		op.Apply(v, x)
		for i := range v {
			if k[i] > 0 {
				v[i] = v[i]/math.Sqrt(k[i]) - e[i]
			}
			if !(math.Abs(v[i]) <= 1e-10) {
				return nil, false
			}
		}
	}
	return k, true
}

// newRows returns the likelihood of an operator with A A^T = diag(k), for which U = I whatever the sigmas.
func newRows(l *linearGaussian, k []float64) (*factored, error) {
	g := make([]float64, len(k))
	for i, v := range k {
		g[i] = math.Sqrt(v) / l.noise.At(i)
	}
	s, err := newSpectrum(l, g, 0)
	if err != nil {
		return nil, err
	}
	f := &factored{linearGaussian: l, spectrum: s, name: "rows", d: l.whitened(append([]float64(nil), l.y...))}
	f.mul = func(dst, x []float64) {
		l.op.Apply(dst, x)
		l.whitened(dst)
	}
	f.tmul = func(dst, r []float64) { l.op.Adjoint(dst, l.whitened(r)) }
	return f, nil
}
