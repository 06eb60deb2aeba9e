package eval

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/rng"
)

// Verdicts of ComparePosterior.
const (
	floorDeviations = 5 // above the floor, for a metric without a probability: equal laws reach it once in a few hundred times
	testsWithP      = 4 // metrics that share the level
)

// comparison is ComparePosterior at work.
type comparison struct {
	a, b [][]float64
	cfg  CompareConfig
	key  rng.Key
	out  Comparison
}

func newComparison(a, b [][]float64, cfg CompareConfig) *comparison {
	n := min(len(a), len(b)/2)
	m := len(b) - n
	return &comparison{a: a, b: b, cfg: cfg, key: rng.New(cfg.Seed), out: Comparison{Dim: len(a[0]), Samples: len(a), Reference: len(b),
		Compared: [2]int{n, m}, Pairs: [2]int{min(n, cfg.Max), min(m, cfg.Max)}, Config: cfg}}
}

// chosen returns n draws without replacement, in the order that a key gives.
func chosen(x [][]float64, n int, key rng.Key) [][]float64 {
	out := make([][]float64, n)
	for i, at := range key.Stream().Perm(len(x))[:n] {
		out[i] = x[at]
	}
	return out
}

// split returns the samples and two parts of the reference of split k.
func (c *comparison) split(k int) (a, part, rest [][]float64) {
	n := c.out.Compared[0]
	b := chosen(c.b, len(c.b), c.key.Split("reference", k))
	return chosen(c.a, n, c.key.Split("samples", k)), b[:n], b[n:]
}

// add appends a metric, with its floor over the splits. It is judged by p where p is not NaN, and otherwise against the floor,
// whose deviation is at least the given one.
func (c *comparison) add(name string, value float64, floors []float64, p, least float64) *Metric {
	m := Metric{Name: name, Value: value}
	m.Floor, m.FloorSD = spreadOf(floors)
	if math.IsNaN(p) {
		m.Differs = value > m.Floor+floorDeviations*max(m.FloorSD, least)
	} else {
		m.P = &p
		m.Differs = p < c.cfg.Level/testsWithP
	}
	c.out.Metrics = append(c.out.Metrics, m)
	return &c.out.Metrics[len(c.out.Metrics)-1]
}

// sliced adds the max-sliced distances, means over the splits.
func (c *comparison) sliced() {
	k := c.cfg.Splits
	random, refined, randomFloor, refinedFloor := make([]float64, k), make([]float64, k), make([]float64, k), make([]float64, k)
	for s := range k {
		a, part, rest := c.split(s)
		seed := c.key.Split("directions", s).Stream().Uint64()
		random[s], refined[s] = MaxSlicedWasserstein2(a, rest, c.cfg.Directions, c.cfg.Ascent, seed)
		randomFloor[s], refinedFloor[s] = MaxSlicedWasserstein2(part, rest, c.cfg.Directions, c.cfg.Ascent, seed)
	}
	if c.cfg.Ascent > 0 {
		c.add("max_sliced_wasserstein2", MeanOf(refined).Value, refinedFloor, math.NaN(), 0)
	}
	c.add("max_sliced_wasserstein2_random", MeanOf(random).Value, randomFloor, math.NaN(), 0)
}

// pairs adds the classifiers, MMD and the energy distance, which see the same draws: n samples, and n+m of the reference.
func (c *comparison) pairs() {
	n, m := c.out.Pairs[0], c.out.Pairs[1]
	points := append(chosen(c.a, n, c.key.Split("pairs of samples", 0)), chosen(c.b, n+m, c.key.Split("pairs of the reference", 0))...)
	dist := distances(points)
	width := medianPair(dist)
	if width == 0 { // most draws are equal
		width = 1
	}
	kernel := gaussianKernel(dist, width)
	features := quadraticFeatures(whitenedScores(points, classifierComponents, c.key.Split("components", 0).Stream()))
	logistic, neighbours := c.splitPairs(func(index []int, st *rng.Stream) (float64, float64) {
		index = append(index[:n:n], index[len(index)-n:]...)
		rows := mat.NewDense(2*n, features.RawMatrix().Cols, nil)
		for r, i := range index {
			copy(rows.RawRowView(r), features.RawRowView(i))
		}
		return logisticAccuracy(rows, n, st), neighbourAccuracy(submatrix(dist, index), n, st)
	})
	mmd, energy := c.splitPairs(func(index []int, _ *rng.Stream) (float64, float64) {
		one := firstAndPermuted(n+m, n, 0, c.key)
		return contrast(submatrix(kernel, index), one)[0], -contrast(submatrix(dist, index), one)[0]
	})
	se := math.Sqrt(.25 / float64(2*n))
	c.add("c2st_logistic", MeanOf(logistic.values).Value, logistic.floors, math.NaN(), se).SE = &se
	c.add("c2st_neighbours", MeanOf(neighbours.values).Value, neighbours.floors, math.NaN(), se).SE = &se
	index := c.pairIndex(0, true)
	permuted := firstAndPermuted(n+m, n, c.cfg.Permutations, c.key.Split("permutations", 0))
	mmds, energies := contrast(submatrix(kernel, index), permuted), contrast(submatrix(dist, index), permuted)
	floats.Scale(-1, energies)
	c.add("mmd2", mmds[0], mmd.floors, exceeding(mmds), 0)
	c.add("energy_distance", energies[0], energy.floors, exceeding(energies), 0)
}

// result holds a number between samples and reference, and one within the reference, for each split.
type result struct{ values, floors []float64 }

// splitPairs computes two numbers over the splits, of points that index names.
func (c *comparison) splitPairs(f func(index []int, st *rng.Stream) (float64, float64)) (one, two result) {
	for s := range c.cfg.Splits {
		x, y := f(c.pairIndex(s, true), c.key.Split("folds", s).Stream())
		one.values, two.values = append(one.values, x), append(two.values, y)
		x, y = f(c.pairIndex(s, false), c.key.Split("folds", s).Stream())
		one.floors, two.floors = append(one.floors, x), append(two.floors, y)
	}
	return one, two
}

// pairIndex names the n samples, or n draws of the reference, and m other draws of the reference, of split s, among the
// points of pairs.
func (c *comparison) pairIndex(s int, samples bool) []int {
	n, m := c.out.Pairs[0], c.out.Pairs[1]
	index := c.key.Split("parts", s).Stream().Perm(n + m)
	for i := range index {
		index[i] += n
		if samples && i < n {
			index[i] = i
		}
	}
	return index
}

// moments adds the differences of means and covariances, on all draws; their floors are those of the splits.
func (c *comparison) moments() {
	var mean, cov []float64
	for s := range c.cfg.Splits {
		_, part, rest := c.split(s)
		m, v := CompareMoments(part, rest)
		mean, cov = append(mean, m.Z), append(cov, v.Z)
	}
	m, v := CompareMoments(c.a, c.b)
	c.add("mean_max_z", m.Z, mean, m.P(), 0)
	// The probability is too small where deviations of few draws have skew products, as they have within the reference too.
	beyond := c.add("covariance_max_z", v.Z, cov, math.NaN(), 0)
	p := v.P()
	beyond.P, beyond.Differs = &p, beyond.Differs && p < c.cfg.Level/testsWithP
}

// modes compares the shares of the reference's modes, if it has several.
func (c *comparison) modes() {
	if c.cfg.Modes < 2 {
		return
	}
	found := FindModes(c.b, c.cfg.Modes, c.cfg.Seed)
	if found.Count < 2 {
		return
	}
	shares := func(x [][]float64) []float64 {
		w := make([]float64, found.Count)
		for _, v := range x {
			at, _ := nearestOf(found.Centers, v)
			w[at] += 1 / float64(len(x))
		}
		return w
	}
	distance := func(x, y [][]float64) float64 {
		sum := 0.0
		p, q := shares(x), shares(y)
		for i := range p {
			sum += math.Abs(p[i]-q[i]) / 2
		}
		return sum
	}
	var values, floors []float64
	for s := range c.cfg.Splits {
		a, part, rest := c.split(s)
		values, floors = append(values, distance(a, rest)), append(floors, distance(part, rest))
	}
	c.add("mode_weights_tv", MeanOf(values).Value, floors, math.NaN(), 0)
	c.out.Modes = &ModesOfBoth{Silhouette: found.Silhouette, Samples: shares(c.a), Reference: shares(c.b)}
}
