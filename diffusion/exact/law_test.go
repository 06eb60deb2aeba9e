package exact_test

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"

	"tweedie/diffusion/exact"
)

// law is a density on the line as a formula, for the oracle: log p(x), the places where it is not smooth, and an atom.
type law struct {
	m     exact.Marginal
	log   func(x float64) float64
	kinks []float64
	atom  float64 // mass at 0
}

// oracle integrates e^-top p(x) e^(-(x-u)^2/2r^2) times 1, x-c, ..., (x-c)^4 and x-u by adaptive Gauss-Legendre
// quadrature between all places where something happens: kinks, the scale of the density, and u.
func (l law) oracle(u, r, top, c float64) (sum [6]float64) {
	at := append(slices.Clone(l.kinks), u, 0)
	for _, k := range []float64{1, 3, 6, 10, 20, 40} {
		at = append(at, u-k*r, u+k*r, -k, k, u-k*r*r, u+k*r*r)
	}
	slices.Sort(at)
	at = slices.Compact(at)
	if l.atom > 0 {
		add(&sum, 0, u, c, l.atom*math.Exp(-u*u/(2*r*r)-top))
	}
	density := func(x float64) float64 { return math.Exp(l.log(x) - (x-u)/r*(x-u)/r/2 - top) }
	for i := range at[1:] {
		adaptive(&sum, density, at[i], at[i+1], u, c, 12)
	}
	return sum
}

// add adds the terms of one point of weight w.
func add(sum *[6]float64, x, u, c, w float64) {
	sum[5] += w * (x - u)
	for k := range 5 {
		sum[k] += w
		w *= x - c
	}
}

var points24, weights24 = func() (x, w [24]float64) {
	quad.Legendre{}.FixedLocations(x[:], w[:], -1, 1)
	return x, w
}()

// adaptive halves an interval until the rule of 24 points agrees with itself in mass and fourth moment.
func adaptive(sum *[6]float64, density func(float64) float64, a, b, u, c float64, depth int) {
	rule := func(sum *[6]float64, a, b float64) {
		h := (b - a) / 2
		for i, x := range points24 {
			x = a + h + h*x
			add(sum, x, u, c, h*weights24[i]*density(x))
		}
	}
	var one, two [6]float64
	rule(&one, a, b)
	rule(&two, a, (a+b)/2)
	rule(&two, (a+b)/2, b)
	if depth > 0 && two[0] > 1e-30 && (math.Abs(one[0]-two[0]) > 1e-10*two[0] || math.Abs(one[4]-two[4]) > 1e-10*two[4]) {
		adaptive(sum, density, a, (a+b)/2, u, c, depth-1)
		adaptive(sum, density, (a+b)/2, b, u, c, depth-1)
		return
	}
	for k := range sum {
		sum[k] += two[k]
	}
}
