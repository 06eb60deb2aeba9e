package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// SlicedWasserstein2 is the sliced Wasserstein distance of order 2 between two sets of samples of dimension d,
//
//	SW2^2 = mean over directions u of W2^2(u.a, u.b),  u uniform on the unit sphere, drawn from seed
//
// W2 in one dimension being the L2 distance of the quantile functions, exact for unequal sizes too. SE is over the
// directions alone (delta method). Two Gaussians N(0, s^2 I) and N(0, t^2 I) are |s-t| apart. Bonneel et al. 2015.
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

// Wasserstein2 is the L2 distance of the quantile functions of two sets of numbers, in their units.
func Wasserstein2(a, b []float64) float64 {
	mustHave("Wasserstein2", "samples", len(a), 1)
	mustHave("Wasserstein2", "samples", len(b), 1)
	return math.Sqrt(wasserstein2Squared(slices.Clone(a), slices.Clone(b)))
}

// wasserstein2Squared sorts its arguments.
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

// EnergyDistance is 2 E|X-Y| - E|X-X'| - E|Y-Y'| with Euclidean norms, by unbiased averages over pairs of different
// samples, so that it is negative about as often as positive for two samples of one law; O((n+m)^2 d). It is zero for
// equal laws only (Szekely and Rizzo 2013). In the units of the samples.
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
