package dpnp

import (
	"math"

	"tweedie/inverse"
)

// convex reports whether -log p(y|x) is convex in x, so that data add no modes to those of the prior: the operator is linear, and the
// slope of the loss does not fall over clean measurements up to 8 deviations from the data on either side, where the noise tells its
// information.
func convex(lik *inverse.Likelihood) bool {
	if _, linear := lik.Op.(inverse.Linear); !linear {
		return false
	}
	lik, err := inverse.Extended(lik)
	if err != nil {
		return false
	}
	in, ok := lik.Noise.(inverse.Informed)
	if !ok {
		return false
	}
	m := len(lik.Y)
	w, clean, slope, before := make([]float64, m), make([]float64, m), make([]float64, m), make([]float64, m)
	in.Information(w, lik.Y)
	for k := -16; k <= 16; k++ {
		for i, y := range lik.Y {
			clean[i] = y + float64(k)/2/math.Sqrt(w[i])
		}
		lik.Noise.Residual(slope, lik.Y, clean)
		for i, s := range slope {
			if k > -16 && s < before[i]-1e-9*math.Abs(before[i]) {
				return false
			}
		}
		copy(before, slope)
	}
	return true
}
