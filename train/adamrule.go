package train

import "math"

// AdamRule is the rule of Adam, without weight decay, on numbers in float64 that are no parameters of a network: with the
// exponential means m and v of g and g^2, step k is
//
//	x = x - lr (m/(1-b1^k)) / (sqrt(v/(1-b2^k)) + eps)
//
// The float32 steps of Adam are tested against it.
type AdamRule struct {
	LR, Beta1, Beta2, Eps float64

	m, v []float64
	k    int
}

// Step moves x against its gradient g. Every call must have the same length.
func (a *AdamRule) Step(x, g []float64) {
	if a.m == nil {
		a.m, a.v = make([]float64, len(x)), make([]float64, len(x))
	}
	a.k++
	c1 := 1 - math.Pow(a.Beta1, float64(a.k))
	c2 := 1 - math.Pow(a.Beta2, float64(a.k))
	for i, gi := range g {
		a.m[i] = a.Beta1*a.m[i] + (1-a.Beta1)*gi
		a.v[i] = a.Beta2*a.v[i] + (1-a.Beta2)*gi*gi
		x[i] -= a.LR * (a.m[i] / c1) / (math.Sqrt(a.v[i]/c2) + a.Eps)
	}
}
