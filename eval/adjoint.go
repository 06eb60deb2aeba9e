package eval

import (
	"math"

	"tweedie/inverse"
	"tweedie/rng"
)

// AdjointGap returns the largest value of inverse.AdjointGap, |<A x, y> - <x, A^T y>| relative to the norms, over random
// pairs drawn from seed. It is about 1e-16 for a true adjoint.
func AdjointGap(op inverse.Linear, probes int, seed uint64) float64 {
	mustHave("AdjointGap", "probes", probes, 1)
	gap := 0.0
	for k := range probes {
		g := inverse.AdjointGap(op, rng.New(seed).Split("probe", k).Stream())
		if math.IsNaN(g) {
			return g
		}
		gap = max(gap, g)
	}
	return gap
}
