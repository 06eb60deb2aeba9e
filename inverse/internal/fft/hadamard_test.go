package fft_test

import (
	"math"
	"testing"

	"tweedie/internal/testkit"
	"tweedie/inverse/internal/fft"
)

// TestHadamard compares the transform of four numbers with its matrix, and doing it twice with doing nothing.
func TestHadamard(t *testing.T) {
	x := []float64{1, 2, 4, 9}
	fft.Hadamard(x)
	testkit.Near(t, "H x", x, []float64{8, -3, -5, 2}, 0)
	for _, n := range []int{1, 2, 64} {
		x := testkit.Normals(n, "x")
		y := append([]float64(nil), x...)
		fft.Hadamard(y)
		ex, ey := 0., 0.
		for i := range x {
			ex, ey = ex+x[i]*x[i], ey+y[i]*y[i]
		}
		if math.Abs(ex-ey) > 1e-12*ex {
			t.Errorf("%d numbers: energies %v and %v", n, ex, ey)
		}
		fft.Hadamard(y)
		testkit.Near(t, "H H x", y, x, 1e-13)
	}
}
