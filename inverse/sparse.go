package inverse

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// SparseConfig describes a matrix [m,n] of which most entries are zero, for images of n entries. A matrix of complex
// numbers C stands for the real one of Re C above Im C.
type SparseConfig struct {
	Matrix Sparse `json:"matrix,omitzero"`
}

// Kind returns "sparse".
func (SparseConfig) Kind() string { return "sparse" }

// Validate names the field that does not fit images of shape in.
func (c SparseConfig) Validate(in autodiff.Shape) error {
	s := c.Matrix
	if err := s.Validate(); err != nil {
		return config.Named("sparse", config.Below("matrix", err))
	}
	rows := s.Rows
	if s.Complex {
		rows /= 2
	}
	if err := checkMatrix([]int{rows, s.Cols}, in); err != nil {
		return config.Errorf("sparse", "matrix", "has shape [%d,%d]; %v", rows, s.Cols, err)
	}
	for i := range s.Rows {
		for k := s.Start[i]; k < s.Start[i+1]; k++ {
			if v := s.Data[k]; !(math.Abs(v) <= MostEntry) {
				return config.Named("sparse", config.Below("matrix", entryError(i, int(s.Col[k]), v)))
			}
		}
	}
	return nil
}

// entryError says that an entry of a matrix is too large, or no number.
func entryError(row, column int, v float64) error {
	return fmt.Errorf("the entry in row %d and column %d is %v; it must lie between %g and %g", row, column, v, -MostEntry, MostEntry)
}

// Build returns a *SparseMatrix, or a *SparseMask where no row has more than one entry, for images of shape in. It shares
// the numbers of the config.
func (c SparseConfig) Build(in autodiff.Shape) (Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	out := autodiff.S(c.Matrix.Rows)
	if c.Matrix.Complex {
		out = autodiff.S(2, c.Matrix.Rows/2)
	}
	o := &SparseMatrix{Base: BaseOf(c, in, out), a: c.Matrix}
	for i := range c.Matrix.Rows {
		if c.Matrix.Start[i+1]-c.Matrix.Start[i] > 1 {
			return o, nil
		}
	}
	return &SparseMask{o}, nil
}

// SparseMatrix multiplies by a matrix in compressed rows, with one product for each entry that is not zero. A measurement is
// [m], or [2,m/2] of real and imaginary parts.
type SparseMatrix struct {
	Base
	a Sparse
}

// Apply sets dst = A x.
func (o *SparseMatrix) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for i := range dst {
		lo, hi := o.a.Start[i], o.a.Start[i+1]
		sum, col := 0.0, o.a.Col[lo:hi]
		for k, v := range o.a.Data[lo:hi] {
			sum += v * x[col[k]]
		}
		dst[i] = sum
	}
}

// Adjoint sets dst = A^T y.
func (o *SparseMatrix) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	clear(dst)
	for i, w := range y {
		lo, hi := o.a.Start[i], o.a.Start[i+1]
		col := o.a.Col[lo:hi]
		for k, v := range o.a.Data[lo:hi] {
			dst[col[k]] += v * w
		}
	}
}

// ComplexShape returns the shape of the complex numbers that a complex matrix measures.
func (o *SparseMatrix) ComplexShape() (shape autodiff.Shape, ok bool) {
	if !o.a.Complex {
		return shape, false
	}
	return autodiff.S(o.a.Rows / 2), true
}

// SparseMask is a SparseMatrix of which each row sees one entry of an image at most, so that A^T W A is diagonal.
type SparseMask struct{ *SparseMatrix }

// GramDiagonal sets dst_j = sum_i w_i A_ij^2.
func (o *SparseMask) GramDiagonal(dst, w []float64) {
	o.CheckAdjoint(dst, w)
	clear(dst)
	for i, v := range w {
		for k := o.a.Start[i]; k < o.a.Start[i+1]; k++ {
			dst[o.a.Col[k]] += v * o.a.Data[k] * o.a.Data[k]
		}
	}
}

func init() { Register(SparseConfig{}) }
