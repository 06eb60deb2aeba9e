package inverse

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"tweedie/internal/absent"
	"tweedie/internal/config"
)

// RelativeCut is the fraction of the largest singular value up to which a pseudo-inverse takes one for zero.
const RelativeCut = 1e-8

// largestDense is the largest number of entries of a dense matrix made here: 512 MiB.
const largestDense = 1 << 26

// cheap tells whether the singular value decomposition of a matrix [m,n] takes a few seconds at most.
func cheap(m, n int) bool {
	const most = 1 << 29 // products m n max(m,n)
	size, ok := config.Size(m, n, max(m, n))
	return ok && size <= most
}

// Matrix returns A [m,n], whose columns it computes by applying the operator to the n unit images. The error says
// when A is too large.
func Matrix(op Linear) (*mat.Dense, error) {
	if absent.Is(op) {
		return nil, errors.New("matrix: the operator is nil")
	}
	n, m := op.InShape().Size(), op.OutShape().Size()
	if n == 0 || m == 0 || n > largestDense/m {
		return nil, fmt.Errorf("%s: a dense matrix of %d x %d is outside the %d entries allowed", op.Name(), m, n, largestDense)
	}
	a := mat.NewDense(m, n, nil)
	x, y := make([]float64, n), make([]float64, m)
	for j := range n {
		x[j] = 1
		op.Apply(y, x)
		a.SetCol(j, y)
		x[j] = 0
	}
	return a, nil
}

// Factored is a linear operator together with the singular value decomposition of its matrix.
type Factored struct {
	Linear
	u, v     mat.Dense
	singular []float64
	cut      float64
}

// DenseSVD computes the singular value decomposition of any linear operator from its matrix, in O(m n^2 + n^3)
// operations and m^2 + n^2 numbers of memory. The error says that this is too large or did not converge.
func DenseSVD(op Linear) (*Factored, error) {
	a, err := Matrix(op)
	if err != nil {
		return nil, err
	}
	if m, n := a.Dims(); max(m, n) > largestDense/max(m, n) {
		return nil, fmt.Errorf("%s: the orthogonal factors of a %d x %d matrix are outside the %d entries allowed", op.Name(), m, n, largestDense)
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDFull) {
		return nil, fmt.Errorf("%s: the singular value decomposition did not converge", op.Name())
	}
	f := &Factored{Linear: op, singular: svd.Values(nil), cut: RelativeCut}
	svd.UTo(&f.u)
	svd.VTo(&f.v)
	return f, nil
}

// Singular returns the min(m,n) singular values in decreasing order.
func (f *Factored) Singular() []float64 { return f.singular }

// V sets dst = V c.
func (f *Factored) V(dst, c []float64) { multiply(f.Name(), dst, &f.v, c) }

// Vt sets dst = V^T x.
func (f *Factored) Vt(dst, x []float64) { multiply(f.Name(), dst, f.v.T(), x) }

// U sets dst = U c.
func (f *Factored) U(dst, c []float64) { multiply(f.Name(), dst, &f.u, c) }

// Ut sets dst = U^T y.
func (f *Factored) Ut(dst, y []float64) { multiply(f.Name(), dst, f.u.T(), y) }

// PseudoInverse sets dst = V diag(1/s) U^T y, with 0 in place of 1/s where s is at most 1e-8 times the largest.
func (f *Factored) PseudoInverse(dst, y []float64) {
	c := make([]float64, len(y))
	f.Ut(c, y)
	full := make([]float64, f.InShape().Size())
	least := f.cut * slices.Max(f.singular)
	for i, s := range f.singular {
		if s > least {
			full[i] = c[i] / s
		}
	}
	f.V(dst, full)
}

func multiply(name string, dst []float64, a mat.Matrix, x []float64) {
	m, n := a.Dims()
	checkLen(name, "dst", len(dst), m)
	checkLen(name, "x", len(x), n)
	mat.NewVecDense(m, dst).MulVec(a, mat.NewVecDense(n, x))
}
