package exact_test

import (
	"math"
	"testing"
	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"

	"gonum.org/v1/gonum/mat"
)

// TestResponsibilities compares the probabilities of the components with the ratio of their densities.
func TestResponsibilities(t *testing.T) {
	m := exact.Toy2D()
	x := []float64{.1, -.05}
	g := m.Responsibilities(x, .5)
	a, b := m.Components()[0].LogDensity(x, .5), m.Components()[1].LogDensity(x, .5)
	numtest.Within(t, "first", g[0], 1/(1+math.Exp(b-a)), 1e-12)
	numtest.Within(t, "sum", g[0]+g[1], 1, 1e-12)
}

// reverse is the linear map that turns three numbers around and drops the last.
type reverse struct{}

func (reverse) InShape() autodiff.Shape  { return autodiff.S(3) }
func (reverse) OutShape() autodiff.Shape { return autodiff.S(2) }
func (reverse) Apply(dst, x []float64)   { dst[0], dst[1] = x[2], x[1] }
func (reverse) Adjoint(dst, y []float64) { dst[0], dst[1], dst[2] = 0, y[1], y[0] }

func TestDenseMatrix(t *testing.T) {
	if want := mat.NewDense(2, 3, []float64{0, 0, 1, 0, 1, 0}); !mat.Equal(exact.DenseMatrix(reverse{}), want) {
		t.Errorf("%v", mat.Formatted(exact.DenseMatrix(reverse{})))
	}
}

// TestMisuse checks that values of a wrong number panic with a *autodiff.ShapeError that says so.
func TestMisuse(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(0, 2), numtest.Repeat(1, 2)))
	for name, f := range map[string]func(){
		"density": func() { g.LogDensity([]float64{1}, 1) },
		"sample":  func() { g.Sample(make([]float64, 3), rng.New(1).Stream()) },
	} {
		var err error
		func() {
			defer autodiff.Catch(&err)
			f()
		}()
		if _, ok := err.(*autodiff.ShapeError); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
