package inverse

import "gonum.org/v1/gonum/mat"

// CovarianceOfData returns unit^2 A C A^T, [m,m], for the covariance C [n,n] of an image in units of which unit are one of x. It
// costs n + m applications of A.
func CovarianceOfData(op Linear, cov mat.Symmetric, unit float64) *mat.SymDense {
	n, m := op.InShape().Size(), op.OutShape().Size()
	half, x := mat.NewDense(n, m, nil), make([]float64, n) // C A^T
	for i := range n {
		for j := range x {
			x[j] = unit * unit * cov.At(i, j)
		}
		op.Apply(half.RawRowView(i), x)
	}
	s, column := mat.NewSymDense(m, nil), make([]float64, m)
	for i := range m {
		mat.Col(x, i, half)
		op.Apply(column, x)
		for j := i; j < m; j++ {
			s.SetSym(i, j, column[j])
		}
	}
	return s
}
