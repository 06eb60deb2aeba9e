package optics

import (
	"math"
	"math/cmplx"
	"testing"

	"tweedie/rng"
)

// TestMotionPath: without intensity the path is straight, with it it turns; it is centred on its mean.
func TestMotionPath(t *testing.T) {
	steps := []float64{1, 2, 3, 1, 2, 4, 2, 1}
	for seed := range uint64(10) {
		for _, intensity := range []float64{0, .8} {
			path := motionPath(steps, intensity, rng.New(seed).Stream())
			var bend, mean float64
			for i := range path[2:] {
				bend = max(bend, math.Abs(cmplx.Phase((path[i+2]-path[i+1])/(path[i+1]-path[i]))))
			}
			var sum complex128
			for i, p := range path[1:] {
				sum += p
				if d := cmplx.Abs(p - path[i]); math.Abs(d-steps[i]/2) > 1e-12 {
					t.Errorf("step %d has length %v on the final grid, not %v", i, d, steps[i]/2)
				}
			}
			mean = cmplx.Abs(sum)
			if mean > 1e-12 || (bend > 1e-9) == (intensity == 0) {
				t.Errorf("seed %d, intensity %v: bends by %.3g, mean %.3g off the centre", seed, intensity, bend, mean)
			}
		}
	}
	// The triangular law on [0,1] with mode .25: F(.25) = .25, F(x) = 1 - (1-x)^2/.75 beyond.
	for _, c := range [][2]float64{{0, 0}, {.25, .25}, {1 - .25/.75, .5}, {1, 1}} {
		if q := triangular(.25, 1, c[0]); math.Abs(q-c[1]) > 1e-12 {
			t.Errorf("quantile %v of the triangular law is %v, not %v", c[0], q, c[1])
		}
	}
}
