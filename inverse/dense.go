package inverse

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// DenseConfig describes a matrix [Rows,n] for images of n entries.
type DenseConfig struct {
	Rows int       `json:"rows"`
	Data []float64 `json:"data"` // row-major
}

// Kind returns "dense".
func (DenseConfig) Kind() string { return "dense" }

// Validate names the field that does not fit images of shape in.
func (c DenseConfig) Validate(in autodiff.Shape) error {
	if c.Rows < 1 {
		return config.Errorf("dense", "rows", "%d is not positive", c.Rows)
	}
	if n, ok := config.Size(c.Rows, in.Size()); !ok || len(c.Data) != n {
		return config.Errorf("dense", "data", "%d entries are not rows x pixels = %d x %d", len(c.Data), c.Rows, in.Size())
	}
	k := config.Check("dense")
	k.Floats("data", c.Data, -MostEntry, MostEntry)
	return k.Err()
}

// Build returns a *Dense that shares Data, for images of shape in.
func (c DenseConfig) Build(in autodiff.Shape) (Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	n := in.Size()
	return &Dense{Base: BaseOf(c, in, autodiff.S(c.Rows)), a: blas64.General{Rows: c.Rows, Cols: n, Stride: n, Data: c.Data}}, nil
}

// Dense multiplies by any matrix A [m,n]; a measurement is [m]. DenseSVD gives it a pseudo-inverse and a singular value decomposition.
type Dense struct {
	Base
	a blas64.General
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

func (o *Dense) gemv(t blas.Transpose, dst, x []float64) {
	clear(dst)
	blas64.Gemv(t, 1, o.a, blas64.Vector{N: len(x), Inc: 1, Data: x}, 0, blas64.Vector{N: len(dst), Inc: 1, Data: dst})
}

func init() { Register(DenseConfig{}) }
