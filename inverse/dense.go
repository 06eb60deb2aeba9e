package inverse

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// DenseConfig describes a matrix for images of n entries: Rows and Data, or Matrix.
type DenseConfig struct {
	Rows int       `json:"rows,omitempty"`
	Data []float64 `json:"data,omitempty"` // [Rows,n], row-major
	// Matrix is [m,n], or m images. A matrix of complex numbers C stands for the real one of Re C above Im C.
	Matrix Array `json:"matrix,omitzero"`
	// Cut is the fraction of the largest singular value up to which the pseudo-inverse takes one for zero; 0 is RelativeCut.
	Cut float64 `json:"cut,omitempty"`
}

// Kind returns "dense".
func (DenseConfig) Kind() string { return "dense" }

// Validate names the field that does not fit images of shape in.
func (c DenseConfig) Validate(in autodiff.Shape) error {
	_, _, err := c.rows(in)
	return err
}

// rows returns the matrix of real numbers, row-major, and the shape of a measurement.
func (c DenseConfig) rows(in autodiff.Shape) ([]float64, autodiff.Shape, error) {
	var none autodiff.Shape
	if c.Matrix.Given() {
		if c.Rows != 0 || c.Data != nil {
			return nil, none, config.Errorf("dense", "matrix", "it is given beside rows or data; give one of them")
		}
		return c.fromArray(in)
	}
	if c.Rows < 1 {
		return nil, none, config.Errorf("dense", "rows", "%d is not positive; give rows and data, or matrix", c.Rows)
	}
	if n, ok := config.Size(c.Rows, in.Size()); !ok || len(c.Data) != n {
		return nil, none, config.Errorf("dense", "data", "%d entries are not rows x pixels = %d x %d", len(c.Data), c.Rows, in.Size())
	}
	k := config.Check("dense")
	k.Floats("data", c.Data, -MostEntry, MostEntry)
	k.Float("cut", c.Cut, 0, config.BelowOne)
	return c.Data, autodiff.S(c.Rows), k.Err()
}

// fromArray does what rows does for Matrix.
func (c DenseConfig) fromArray(in autodiff.Shape) ([]float64, autodiff.Shape, error) {
	var none autodiff.Shape
	v, err := valuesOf("dense", "matrix", c.Matrix, true, func(shape []int, _ bool) error { return checkMatrix(shape, in) })
	if err != nil {
		return nil, none, err
	}
	m := v.Shape[0]
	data, out := v.Data, autodiff.S(m)
	if v.Complex {
		data, out = SplitComplex(v.Data), autodiff.S(2, m)
	}
	k := config.Check("dense")
	k.Float("cut", c.Cut, 0, config.BelowOne)
	k.Inside("matrix", checkEntries(data, in.Size()))
	return data, out, k.Err()
}

// checkMatrix says what the shape of a matrix for images of shape in must be, when it is another.
func checkMatrix(shape []int, in autodiff.Shape) error {
	n := in.Size()
	if len(shape) == 2 && shape[1] != n && shape[0] == n {
		return fmt.Errorf("it is the transpose of what is needed: images %v have %d entries, so it must be [%d,%d]; store A.T", in, n, shape[1], n)
	}
	if len(shape) >= 2 && shape[0] > 0 {
		if size, ok := config.Size(shape[1:]...); ok && size == n && (len(shape) == 2 || slices.Equal(shape[1:], in.Dims(nil))) {
			return nil
		}
	}
	return fmt.Errorf("for images %v of %d entries it must be [m,%d]", in, n, n)
}

// checkEntries names the first entry of a matrix with rows of the given width that is too large, or no number.
func checkEntries(data []float64, width int) error {
	for i, v := range data {
		if !(math.Abs(v) <= MostEntry) {
			return entryError(i/width, i%width, v)
		}
	}
	return nil
}

// Build returns a *FactoredDense, or a *Dense where its singular values would take more than a few seconds, for images
// of shape in. It shares the numbers of the config.
func (c DenseConfig) Build(in autodiff.Shape) (Operator, error) {
	data, out, err := c.rows(in)
	if err != nil {
		return nil, err
	}
	m, n := out.Size(), in.Size()
	o := &Dense{Base: BaseOf(c, in, out), a: blas64.General{Rows: m, Cols: n, Stride: n, Data: data}, complex: c.Matrix.Values.Complex}
	if !cheap(m, n) {
		return o, nil
	}
	f := &FactoredDense{Dense: o}
	f.factors = sync.OnceValue(func() *Factored {
		d, err := DenseSVD(o)
		if err != nil {
			panic(&OperatorError{Op: o.Name(), Err: err})
		}
		if c.Cut > 0 {
			d.cut = c.Cut
		}
		return d
	})
	return f, nil
}

// Dense multiplies by any matrix A [m,n]; a measurement is [m], or [2,m/2] of real and imaginary parts. DenseSVD gives it
// a pseudo-inverse and a singular value decomposition.
type Dense struct {
	Base
	a       blas64.General
	complex bool
}

// Apply sets dst = A x.
func (o *Dense) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	o.gemv(blas.NoTrans, dst, x)
}

// Adjoint sets dst = A^T y.
func (o *Dense) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.gemv(blas.Trans, dst, y)
}

// ComplexShape returns the shape of the complex numbers that a complex matrix measures.
func (o *Dense) ComplexShape() (shape autodiff.Shape, ok bool) {
	if !o.complex {
		return shape, false
	}
	return autodiff.S(o.a.Rows / 2), true
}

func (o *Dense) gemv(t blas.Transpose, dst, x []float64) {
	clear(dst)
	blas64.Gemv(t, 1, o.a, blas64.Vector{N: len(x), Inc: 1, Data: x}, 0, blas64.Vector{N: len(dst), Inc: 1, Data: dst})
}

func init() { Register(DenseConfig{}) }
