package optics

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// mostGaussian is the largest number of entries of a matrix of random rows: 512 MiB.
const mostGaussian = 1 << 26

// GaussianRowsConfig describes compressed sensing by a random matrix A [Rows,n] over all n entries of an image, with
// independent entries N(0, 1/Rows), so that |A x| is |x| on average.
type GaussianRowsConfig struct {
	Rows int    `json:"rows"`
	Seed uint64 `json:"seed"`
}

// Kind returns "gaussian-rows".
func (GaussianRowsConfig) Kind() string { return "gaussian-rows" }

// Validate names the field that does not fit images of shape in.
func (c GaussianRowsConfig) Validate(in autodiff.Shape) error {
	if in.Size() == 0 {
		return config.Errorf("gaussian-rows", "shape", "an image %v has no pixels", in)
	}
	most := mostGaussian / in.Size()
	if most < 1 {
		return config.Errorf("gaussian-rows", "shape", "an image %v has more than the %d pixels of which one row may consist; hadamard stores none", in, mostGaussian)
	}
	k := config.Check("gaussian-rows")
	k.Int("rows", c.Rows, 1, most)
	return k.Err()
}

// Measures returns Rows.
func (c GaussianRowsConfig) Measures(in autodiff.Shape) (m int, ok bool) {
	return c.Rows, c.Validate(in) == nil
}

// Build returns a *GaussianRows for images of shape in.
func (c GaussianRowsConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	a := make([]float64, c.Rows*in.Size())
	rng.New(c.Seed).Split("gaussian-rows", 0).Stream().FillNorm(a)
	g := 1 / math.Sqrt(float64(c.Rows))
	for i := range a {
		a[i] *= g
	}
	op, err := inverse.DenseConfig{Rows: c.Rows, Data: a}.Build(in)
	if err != nil {
		return nil, err
	}
	if f, ok := op.(*inverse.FactoredDense); ok {
		op = f.Dense
	}
	return &GaussianRows{Dense: op.(*inverse.Dense), config: c}, nil
}

// GaussianRows multiplies by a matrix of normal numbers; a measurement is [Rows]. DenseSVD decomposes it.
type GaussianRows struct {
	*inverse.Dense
	config GaussianRowsConfig
}

// Name returns "gaussian-rows".
func (o *GaussianRows) Name() string { return o.config.Kind() }

// Config returns the description, without the matrix.
func (o *GaussianRows) Config() inverse.Config { return o.config }

func init() { inverse.Register(GaussianRowsConfig{}) }
