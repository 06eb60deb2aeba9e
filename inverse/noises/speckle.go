package noises

import (
	"math"
)

// Laws of speckle multiply a positive clean measurement by a positive number of mean 1.

// speckleSupport is that of clean measurements; Loss is +Inf at 0.
func speckleSupport() (lo, hi float64) { return 0, math.Inf(1) }

// inside returns a positive clean measurement in place of one that is not, which lies below y, so that a gradient there
// leads inward.
func inside(y, c float64) float64 {
	if c > 0 {
		return c
	}
	return y / 1000
}

// checkPositive refuses data that are not positive.
func checkPositive(kind string, y []float64) error {
	return checkEntries(kind, y, func(v float64) bool { return v > 0 }, "be positive")
}
