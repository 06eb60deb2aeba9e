package inverse

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// matrix returns B = S^-1/2 A [m,n], whose rows or columns it finds by min(m,n) applications.
func (l *linearGaussian) matrix() (*mat.Dense, error) {
	m, n := len(l.y), len(l.info)
	if k := min(m, n); n > largestDense/m || k > largestDense/k {
		return nil, fmt.Errorf("proximal: %s: a dense matrix of %d x %d is outside the %d entries allowed; cg needs none", l.op.Name(), m, n, largestDense)
	}
	b := mat.NewDense(m, n, nil)
	if m < n {
		unit := make([]float64, m)
		for i := range m {
			unit[i] = 1 / l.noise.At(i)
			l.op.Adjoint(b.RawRowView(i), unit)
			unit[i] = 0
		}
	} else {
		unit, column := make([]float64, n), make([]float64, m)
		for j := range n {
			unit[j] = 1
			l.op.Apply(column, unit)
			b.SetCol(j, l.whitened(column))
			unit[j] = 0
		}
	}
	if v := mat.Norm(b, math.Inf(1)); !(v <= math.Sqrt(math.MaxFloat64)) {
		return nil, fmt.Errorf("proximal: %s: the rows of A/sigma sum to %.4g, too large to compute with", l.op.Name(), v)
	}
	return b, nil
}

// foldWide returns L [m,m] of B = L Q, whose left singular vectors and singular values are those of B.
func foldWide(b *mat.Dense) *mat.Dense {
	a := mat.DenseCopyOf(b).RawMatrix()
	tau, work := make([]float64, a.Rows), make([]float64, 1)
	lapack64.Gelqf(a, tau, work, -1)
	work = make([]float64, int(work[0]))
	lapack64.Gelqf(a, tau, work, len(work))
	l := mat.NewDense(a.Rows, a.Rows, nil)
	for i := range a.Rows {
		copy(l.RawRowView(i)[:i+1], a.Data[i*a.Stride:])
	}
	return l
}

// foldTall returns R [n,n] of B = Q R, overwrites y with Q^T y, of which the first n entries belong to R, and returns
// the squared norm of the others, which no x changes. It overwrites B.
func foldTall(b *mat.Dense, y []float64) (r *mat.Dense, outside float64) {
	a := b.RawMatrix()
	tau, work := make([]float64, a.Cols), make([]float64, 1)
	lapack64.Geqrf(a, tau, work, -1)
	work = make([]float64, int(work[0]))
	lapack64.Geqrf(a, tau, work, len(work))
	column := mat.NewDense(len(y), 1, y).RawMatrix()
	lapack64.Ormqr(blas.Left, blas.Trans, a, tau, column, work[:1], -1)
	work = make([]float64, int(work[0]))
	lapack64.Ormqr(blas.Left, blas.Trans, a, tau, column, work, len(work))
	r = mat.NewDense(a.Cols, a.Cols, nil)
	for i := range a.Cols {
		copy(r.RawRowView(i)[i:], a.Data[i*a.Stride+i:][:a.Cols-i])
	}
	return r, floats.Dot(y[a.Cols:], y[a.Cols:])
}
