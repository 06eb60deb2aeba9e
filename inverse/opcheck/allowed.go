package opcheck

import (
	"math"
	"slices"

	"tweedie/inverse"
)

// allowed checks that the noise allows what the operator makes of some draw: laws of speckle take positive numbers alone.
func (e *examination) allowed() bool {
	lik := e.o.Likelihood
	s, ok := lik.Noise.(inverse.Supported)
	if !ok {
		return true
	}
	clean, first := make([]float64, len(lik.Y)), math.NaN()
	for _, x := range e.o.Draws {
		lik.Op.Apply(clean, x)
		if !math.IsInf(lik.Noise.ChiSquared(lik.Y, clean), 1) {
			return true
		}
		if math.IsNaN(first) {
			first = slices.Min(clean)
		}
	}
	lo, _ := s.Support()
	e.add("support", Fail, `the operator or the noise: an offset, as of {"kind": "shift", "op": ..., "offset": ...}, keeps A(x) above that number; so does an operator whose values are, or take another noise`,
		"%s noise takes A(x) above %g alone, and none of %d images that are expected has all of it there; the least of the first is %.3g", lik.Noise.Kind(), lo, len(e.o.Draws), first)
	return false
}
