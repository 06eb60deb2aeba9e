package fft_test

import (
	"math"
	"math/cmplx"
	"testing"

	"tweedie/internal/testkit"
	"tweedie/inverse/internal/fft"
)

// TestRealCoordinates: ToReal keeps the norm of an image and FromReal undoes it, on odd and even sizes.
func TestRealCoordinates(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {3, 4}, {4, 6}, {5, 2}} {
		f := fft.NewPlanes(size[0], size[1]).Get()
		x := testkit.Normals(len(f.Z), "x")
		f.Load(x)
		f.Forward()
		for k, v := range f.Z {
			if m := fft.Negated(k, f.H, f.W); cmplx.Abs(v-cmplx.Conj(f.Z[m])) > 1e-12 {
				t.Errorf("%v: frequencies %d and %d of a real image are not conjugate", size, k, m)
			}
		}
		c, back := make([]float64, len(x)), make([]float64, len(x))
		f.ToReal(c, f.Orthonormal())
		var ex, ec float64
		for i := range x {
			ex, ec = ex+x[i]*x[i], ec+c[i]*c[i]
		}
		testkit.Near(t, "energy", []float64{ec}, []float64{ex}, 1e-12*ex)
		clear(f.Z)
		f.FromReal(c)
		f.Backward()
		f.Store(back, f.Orthonormal())
		testkit.Near(t, "round trip", back, x, 1e-13)
	}
}

// TestFilter multiplies each channel by its own factor, and shifts by a phase.
func TestFilter(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6}
	fft.NewPlanes(1, 3).Filter(x, x, func(c, k int) complex128 {
		return complex(float64(c+1), 0) * cmplx.Rect(1, -2*math.Pi*float64(k)/3)
	})
	testkit.Near(t, "channels shifted by one pixel, the second doubled", x, []float64{3, 1, 2, 12, 8, 10}, 1e-13)
}

func TestSmooth(t *testing.T) {
	for n, want := range map[int]int{1: 1, 7: 8, 11: 12, 31: 32, 97: 100, 121: 125} {
		if got := fft.Smooth(n); got != want {
			t.Errorf("the next fast length from %d is %d, not %d", n, got, want)
		}
	}
}
