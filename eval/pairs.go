package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/rng"
)

// distances returns the Euclidean distances of all pairs of points, [n,n].
func distances(points [][]float64) *mat.Dense {
	n, d := len(points), len(points[0])
	mean := Mean(points)
	x := mat.NewDense(n, d, nil)
	norms := make([]float64, n)
	for i, p := range points {
		row := x.RawRowView(i)
		floats.SubTo(row, p, mean)
		norms[i] = floats.Dot(row, row)
	}
	var g mat.Dense
	g.Mul(x, x.T())
	for i := range n {
		row := g.RawRowView(i)
		for j, v := range row {
			row[j] = math.Sqrt(max(0, norms[i]+norms[j]-2*v))
		}
		row[i] = 0
	}
	return &g
}

// submatrix returns the rows and columns of m that index names.
func submatrix(m *mat.Dense, index []int) *mat.Dense {
	out := mat.NewDense(len(index), len(index), nil)
	for r, i := range index {
		from, to := m.RawRowView(i), out.RawRowView(r)
		for c, j := range index {
			to[c] = from[j]
		}
	}
	return out
}

// medianPair returns the median of the distances between different points.
func medianPair(dist *mat.Dense) float64 {
	n, _ := dist.Dims()
	values := make([]float64, 0, n*(n-1)/2)
	for i := range n {
		values = append(values, dist.RawRowView(i)[:i]...)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// gaussianKernel returns exp(-distance^2/(2 width^2)) of all pairs.
func gaussianKernel(dist *mat.Dense, width float64) *mat.Dense {
	var k mat.Dense
	k.Apply(func(_, _ int, v float64) float64 { return math.Exp(-v * v / (2 * width * width)) }, dist)
	return &k
}

// contrast returns, for each column of members, which is 1 for n of the points and 0 for the m others, the unbiased
//
//	mean k(x, x') + mean k(y, y') - 2 mean k(x, y)
//
// over pairs of different points of the n, of the m, and of one of each. With a kernel it is MMD^2, with a distance minus
// the energy distance.
func contrast(k *mat.Dense, members *mat.Dense) []float64 {
	var inside mat.Dense
	inside.Mul(k, members)
	points, sets := members.Dims()
	total, trace := mat.Sum(k), mat.Trace(k)
	out := make([]float64, sets)
	for s := range out {
		n, aa, ax, own := 0., 0., 0., 0. // of the n: their number, sums over pairs of them, and with all, and with themselves
		for i := range points {
			v := inside.At(i, s)
			ax += v
			if members.At(i, s) == 1 {
				n++
				aa += v
				own += k.At(i, i)
			}
		}
		m := float64(points) - n
		ab := ax - aa
		bb := total - aa - 2*ab - (trace - own)
		out[s] = (aa-own)/(n*(n-1)) + bb/(m*(m-1)) - 2*ab/(n*m)
	}
	return out
}

// firstAndPermuted returns columns for contrast: the first n of the points, and permutations of that.
func firstAndPermuted(points, n, permutations int, key rng.Key) *mat.Dense {
	members := mat.NewDense(points, 1+permutations, nil)
	for i := range n {
		members.Set(i, 0, 1)
	}
	for s := range permutations {
		for _, i := range key.Split("permutation", s).Stream().Perm(points)[:n] {
			members.Set(i, s+1, 1)
		}
	}
	return members
}

// exceeding returns the probability of a first value as large as it is among values that are exchangeable with it under
// equal laws, (1 + number of others that reach it)/(1 + others).
func exceeding(values []float64) float64 {
	reach := 0.
	for _, v := range values {
		if v >= values[0] {
			reach++
		}
	}
	return reach / float64(len(values))
}
