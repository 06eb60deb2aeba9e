package inverse

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/rng"
)

// factored draws with C = U^T B = diag(g) V^T [k,n], of which it needs products alone. With w = x + eta n and normals n
// and xi, whatever eta,
//
//	z = w + eta^2 C^T [(d - C w - sqrt(s') xi)/D],  d = U^T S^-1/2 y.
type factored struct {
	*linearGaussian
	spectrum
	name string
	d    []float64 // [k]
	mul  func(dst, x []float64)
	tmul func(dst, r []float64)
}

// newFactor computes the singular value decomposition of the matrix of B, which serves every eta. It costs about
// m n min(m,n) operations and twice m n numbers of memory.
func newFactor(l *linearGaussian) (*factored, error) {
	b, err := l.matrix()
	if err != nil {
		return nil, err
	}
	y := l.whitened(append([]float64(nil), l.y...))
	outside, square := 0.0, b
	switch m, n := b.Dims(); {
	case m > n:
		b, outside = foldTall(b, y)
		y, square = y[:n], b
	case m < n:
		square = foldWide(b)
	}
	var svd mat.SVD
	if !svd.Factorize(square, mat.SVDFullU) {
		return nil, fmt.Errorf("proximal: %s: the singular value decomposition did not converge; cg needs none", l.op.Name())
	}
	s, err := newSpectrum(l, svd.Values(nil), outside)
	if err != nil {
		return nil, err
	}
	var u, c mat.Dense
	svd.UTo(&u)
	c.Mul(u.T(), b)
	f := &factored{linearGaussian: l, spectrum: s, name: "factor", d: make([]float64, len(y))}
	multiply(f.name, f.d, u.T(), y)
	raw := c.RawMatrix()
	gemv := func(t blas.Transpose, dst, x []float64) {
		clear(dst)
		blas64.Gemv(t, 1, raw, blas64.Vector{N: len(x), Inc: 1, Data: x}, 0, blas64.Vector{N: len(dst), Inc: 1, Data: dst})
	}
	f.mul = func(dst, x []float64) { gemv(blas.NoTrans, dst, x) }
	f.tmul = func(dst, r []float64) { gemv(blas.Trans, dst, r) }
	return f, nil
}

// Name returns "factor", or "rows".
func (f *factored) Name() string { return f.name }

// Mean sets dst = m, as ExactProximal says.
func (f *factored) Mean(dst, x []float64, eta float64) error { return f.draw(dst, x, eta, false, nil) }

// Sample draws z ~ N(m, P^-1) into dst from n + k normals of st.
func (f *factored) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	return f.draw(dst, x, eta, false, st)
}

// SampleDeflated draws z from n + k normals of st.
func (f *factored) SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error {
	return f.draw(dst, x, eta, true, st)
}

// draw sets dst to a draw, or to its mean when st is nil.
func (f *factored) draw(dst, x []float64, eta float64, deflated bool, st *rng.Stream) error {
	if err := f.check(dst, x, eta); err != nil {
		return err
	}
	w, r := append([]float64(nil), x...), make([]float64, len(f.d))
	if st != nil {
		for i := range w {
			w[i] += eta * st.Norm()
		}
	}
	f.mul(r, w)
	for i, g := range f.g {
		kept, d := widened(g, eta, deflated)
		r[i] = f.d[i] - r[i]
		if st != nil {
			r[i] -= math.Sqrt(kept) * st.Norm()
		}
		r[i] *= eta * eta / d
	}
	f.tmul(dst, r)
	floats.Add(dst, w)
	return nil
}

// Residual returns d - C x.
func (f *factored) Residual(x []float64) (Residual, error) {
	if err := f.checkImage(x); err != nil {
		return nil, err
	}
	square := make([]float64, len(f.d))
	f.mul(square, x)
	for i, v := range square {
		v = f.d[i] - v
		square[i] = v * v
	}
	return basisResidual{&f.spectrum, square}, nil
}
