package dpnp

import (
	"fmt"
	"math"
	"slices"

	"tweedie/inverse"
)

// admitting is the number of draws of the prior that are tried.
const admitting = 8

// admits refuses, before the run, an operator that is not finite at one of a few draws of the prior, or a noise that allows what the
// operator makes of none of them: samples would be no better. Where draws are needed anyway these are the first of them.
func (e *engine) admits() error {
	lik := e.p.Likelihood
	_, linear := lik.Op.(inverse.Linear)
	supported, bounded := lik.Noise.(inverse.Supported)
	if linear && !(bounded && e.p.Bounded()) {
		return nil
	}
	x, err := e.drawsOfPrior(admitting)
	if err != nil {
		return err
	}
	clean := make([]float64, len(lik.Y))
	var first error
	for ; len(x) > 0; x = x[e.d:] {
		lik.Op.Apply(clean, x[:e.d])
		bad := slices.IndexFunc(clean, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
		switch {
		case bad >= 0:
			return fmt.Errorf("the operator %s gives %g as entry %d for a draw of the prior, which is not within its domain; put what keeps images there in front of it, such as pointwise relu or a shift by an offset",
				lik.Op.Name(), clean[bad], bad)
		case !bounded || !math.IsInf(lik.Noise.ChiSquared(lik.Y, clean), 1):
			return nil
		case first == nil:
			lo, _ := supported.Support()
			first = fmt.Errorf("noise of the kind %s takes clean measurements above %g alone, and the operator %s makes others of all %d draws of the prior, such as %.3g; "+
				`give the operator an offset, as in {"kind": "shift", "op": ..., "offset": 0.1} with the same added to the data, or take another operator or noise`,
				lik.Noise.Kind(), lo, lik.Op.Name(), admitting, slices.Min(clean))
		}
	}
	return first
}
