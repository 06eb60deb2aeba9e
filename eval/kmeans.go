package eval

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// Effort of k-means.
const (
	kMeansRestarts = 6
	kMeansSteps    = 60
)

// kMeans returns the group 0..k-1 of each point, by Lloyd's iteration from the k-means++ start (Arthur and Vassilvitskii
// 2007); of several starts the one with the smallest sum of squares.
func kMeans(points [][]float64, k int, key rng.Key) []int {
	var best []int
	least := math.Inf(1)
	for restart := range kMeansRestarts {
		centers := spreadOut(points, k, key.Split("start", restart).Stream())
		labels := make([]int, len(points))
		cost, before := 0., math.Inf(1)
		for range kMeansSteps {
			cost = 0
			for i, x := range points {
				at, d := nearestOf(centers, x)
				labels[i] = at
				cost += d
			}
			if cost >= before {
				break
			}
			before = cost
			recentre(centers, points, labels)
		}
		if cost < least {
			least, best = cost, labels
		}
	}
	return best
}

// spreadOut draws k of the points, each with probability in proportion to the squared distance from those before it.
func spreadOut(points [][]float64, k int, st *rng.Stream) [][]float64 {
	centers := [][]float64{append([]float64(nil), points[st.Intn(len(points))]...)}
	for len(centers) < k {
		total := 0.0
		weight := make([]float64, len(points))
		for i, x := range points {
			_, weight[i] = nearestOf(centers, x)
			total += weight[i]
		}
		u, at := st.Float64()*total, len(points)-1
		for i, w := range weight {
			if u -= w; u < 0 {
				at = i
				break
			}
		}
		centers = append(centers, append([]float64(nil), points[at]...))
	}
	return centers
}

// nearestOf returns the number of the nearest centre and the squared distance to it.
func nearestOf(centers [][]float64, x []float64) (at int, squared float64) {
	squared = math.Inf(1)
	for c, m := range centers {
		d := 0.0
		for j, v := range m {
			d += (x[j] - v) * (x[j] - v)
		}
		if d < squared {
			at, squared = c, d
		}
	}
	return at, squared
}

// recentre moves each centre to the mean of its points; one without points stays.
func recentre(centers, points [][]float64, labels []int) {
	count := make([]float64, len(centers))
	sums := make([][]float64, len(centers))
	for c, m := range centers {
		sums[c] = make([]float64, len(m))
	}
	for i, x := range points {
		count[labels[i]]++
		floats.Add(sums[labels[i]], x)
	}
	for c, n := range count {
		if n > 0 {
			floats.ScaleTo(centers[c], 1/n, sums[c])
		}
	}
}

// smallestShare returns the share of the points in the smallest of k groups.
func smallestShare(labels []int, k int) float64 {
	count := make([]float64, k)
	for _, l := range labels {
		count[l]++
	}
	return floats.Min(count) / float64(len(labels))
}

// silhouette returns the least, over the groups, of the mean of (b - a)/max(a, b) over the points of the group that shown
// names, with distances to such points alone; 0 for a group of which fewer than two are shown.
func silhouette(points [][]float64, labels []int, k int, shown []int) float64 {
	size := make([]float64, k)
	for _, i := range shown {
		size[labels[i]]++
	}
	if floats.Min(size) < 2 {
		return 0
	}
	sum, total := make([]float64, k), make([]float64, k)
	for _, i := range shown {
		clear(sum)
		for _, j := range shown {
			sum[labels[j]] += floats.Distance(points[i], points[j], 2)
		}
		own := labels[i]
		a, b := sum[own]/(size[own]-1), math.Inf(1)
		for g, s := range sum {
			if g != own {
				b = min(b, s/size[g])
			}
		}
		if most := max(a, b); most > 0 {
			total[own] += (b - a) / most
		}
	}
	floats.Div(total, size)
	return floats.Min(total)
}
