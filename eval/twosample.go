package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// SlicedWasserstein2 returns the sliced Wasserstein distance of order 2 between two sets of samples of dimension d
// (Bonneel et al. 2015), in the units of the samples,
//
//	SW2^2 = mean over directions u of W2^2(u.a, u.b),  u uniform on the unit sphere, drawn from seed
//
// where W2 in one dimension is the L2 distance of the quantile functions, exact for sets of unequal sizes too. SE is
// over the directions alone, by the delta method. Two Gaussians N(0, s^2 I) and N(0, t^2 I) are |s-t| apart.
func SlicedWasserstein2(a, b [][]float64, directions int, seed uint64) Estimate {
	mustHave("SlicedWasserstein2", "samples", len(a), 1)
	d := len(a[0])
	mustBeSamples("SlicedWasserstein2", a, 1, d)
	mustBeSamples("SlicedWasserstein2", b, 1, d)
	mustHave("SlicedWasserstein2", "directions", directions, 1)
	key := rng.New(seed)
	u, pa, pb := make([]float64, d), make([]float64, len(a)), make([]float64, len(b))
	squares := make([]float64, directions)
	for k := range squares {
		key.Split("direction", k).Stream().FillNorm(u)
		floats.Scale(1/floats.Norm(u, 2), u)
		for i, x := range a {
			pa[i] = floats.Dot(u, x)
		}
		for i, x := range b {
			pb[i] = floats.Dot(u, x)
		}
		squares[k] = wasserstein2Squared(pa, pb)
	}
	m := MeanOf(squares)
	w := math.Sqrt(m.Value)
	return Estimate{w, m.SE / (2 * w)}
}

// Wasserstein2 returns the L2 distance of the quantile functions of two sets of numbers, in their units.
func Wasserstein2(a, b []float64) float64 {
	mustHave("Wasserstein2", "samples", len(a), 1)
	mustHave("Wasserstein2", "samples", len(b), 1)
	return math.Sqrt(wasserstein2Squared(slices.Clone(a), slices.Clone(b)))
}

// wasserstein2Squared returns the squared distance of two sets of numbers, which it sorts in place.
func wasserstein2Squared(a, b []float64) float64 {
	slices.Sort(a)
	slices.Sort(b)
	n, m := len(a), len(b)
	sum := 0.0
	// Levels are counted in units of 1/(n m): a_i reaches to (i+1) m, b_j to (j+1) n.
	for i, j, at := 0, 0, 0; i < n && j < m; {
		to := min((i+1)*m, (j+1)*n)
		sum += float64(to-at) * (a[i] - b[j]) * (a[i] - b[j])
		at = to
		if at == (i+1)*m {
			i++
		}
		if at == (j+1)*n {
			j++
		}
	}
	return sum / float64(n) / float64(m)
}

// EnergyDistance returns 2 E|X-Y| - E|X-X'| - E|Y-Y'| with Euclidean norms, in the units of the samples, by unbiased
// averages over pairs of different samples: for two samples of one law it is negative about as often as positive. Its
// expectation is zero for equal laws only (Szekely and Rizzo 2013). It takes O((n+m)^2 d).
func EnergyDistance(a, b [][]float64) float64 {
	mustHave("EnergyDistance", "samples", len(a), 2)
	d := len(a[0])
	mustBeSamples("EnergyDistance", a, 2, d)
	mustBeSamples("EnergyDistance", b, 2, d)
	cross := 0.0
	for _, x := range a {
		for _, y := range b {
			cross += floats.Distance(x, y, 2)
		}
	}
	within := func(s [][]float64) float64 {
		sum := 0.0
		for i, x := range s {
			for _, y := range s[:i] {
				sum += floats.Distance(x, y, 2)
			}
		}
		return 2 * sum / float64(len(s)) / float64(len(s)-1)
	}
	return 2*cross/float64(len(a))/float64(len(b)) - within(a) - within(b)
}
