package dpnp

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
)

// order is the number of values of D that a polynomial of DDSMultistep goes through, besides the corrector's.
const order = 3

// reach returns the largest s of the grid. Without Reach it is 1.3 sqrt(N-1) and at most reachMost, near the least error over
// Gaussian priors of deviations from eta/5 to 10 eta. Values of D are taken down to the level eta/cosh(reach).
func (d DDSMultistep) reach() float64 {
	if d.Reach > 0 {
		return math.Min(d.Reach, reachMost)
	}
	return math.Min(1.3*math.Sqrt(float64(d.Steps-1)), reachMost)
}

const reachMost = 7.6 // eta/1000

// points returns the values of s, ascending from 0, and the level of each. The predictor-corrector has s = reach
// (i/(N-1))^1.2; the predictor alone begins with a long step, sinh s = 1/N, and goes on evenly in its logarithm.
func (d DDSMultistep) points(eta float64) (s, levels []float64) {
	s = make([]float64, d.Steps)
	levels = make([]float64, d.Steps)
	top := d.reach()
	for i := range s {
		s[i] = top * math.Pow(float64(i)/float64(d.Steps-1), 1.2)
		if !d.Correct && i > 0 && i < d.Steps-1 {
			a, b := -math.Log(float64(d.Steps)), math.Log(math.Sinh(top))
			s[i] = math.Asinh(math.Exp(a + (b-a)*float64(i-1)/float64(d.Steps-2)))
		}
		levels[i] = eta / math.Cosh(s[i])
	}
	if d.Levels == nil {
		return s, levels
	}
	return snap(s, levels, eta, d.Levels)
}

// snap moves each level to the nearest one in known, ascending, that is below eta, and each s but the first to where its
// level then belongs. Points that fall together become one. Without a known level below eta there are no points.
func snap(s, levels []float64, eta float64, known []float64) (snapped, at []float64) {
	n, _ := slices.BinarySearch(known, eta)
	known = known[:n]
	for i, l := range levels {
		if n == 0 {
			break
		}
		k, _ := slices.BinarySearch(known, l)
		if k == n || k > 0 && l/known[k-1] < known[k]/l {
			k--
		}
		to := 0.0
		if i > 0 {
			to = math.Acosh(eta / known[k])
		}
		if i == 0 || to > snapped[len(snapped)-1] {
			snapped, at = append(snapped, to), append(at, known[k])
		}
	}
	return snapped, at
}

// rule integrates polynomials in tanh s, or in the logarithm of sinh s.
type rule struct{ logarithmic bool }

// of returns the variable of the polynomial at s.
func (r rule) of(s float64) float64 {
	if r.logarithmic {
		return math.Log(math.Sinh(s))
	}
	return math.Tanh(s)
}

// weights returns w with int_from^to P d(sinh s) = sum_j w[j] P(nodes[j]) for polynomials P of degree below len(nodes), by
// Gauss's quadrature. The node 0 is at minus infinity of the logarithm; there it counts in the first step alone.
func (r rule) weights(nodes []float64, from, to float64) []float64 {
	w := make([]float64, len(nodes))
	first := 0
	if r.logarithmic && len(nodes) > 1 && nodes[0] == 0 {
		first = 1
	}
	if len(nodes) == 1 {
		w[0] = math.Sinh(to) - math.Sinh(from)
		return w
	}
	at := r.variables(nodes[first:])
	var x, c [16]float64
	quad.Legendre{}.FixedLocations(x[:], c[:], from, to)
	for i, s := range x {
		dp := c[i] * math.Cosh(s)
		for j := range at {
			w[first+j] += dp * basis(at, j, r.of(s))
		}
	}
	return w
}

// last returns w with D(infinity) = sum_j w[j] D(nodes[j]). The logarithm has no value there, and the newest D stands for it.
func (r rule) last(nodes []float64) []float64 {
	w := make([]float64, len(nodes))
	if r.logarithmic {
		w[len(w)-1] = 1
		return w
	}
	at := r.variables(nodes)
	for j := range w {
		w[j] = basis(at, j, 1)
	}
	return w
}

// variables returns the variable at each node.
func (r rule) variables(nodes []float64) []float64 {
	at := make([]float64, len(nodes))
	for i, s := range nodes {
		at[i] = r.of(s)
	}
	return at
}

// basis returns the polynomial that is 1 at nodes[j] and 0 at the others, at y.
func basis(nodes []float64, j int, y float64) float64 {
	v := 1.0
	for k, t := range nodes {
		if k != j {
			v *= (y - t) / (nodes[j] - t)
		}
	}
	return v
}
