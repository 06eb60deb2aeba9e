package inversetest

import (
	"math"
	"slices"

	"tweedie/inverse"
	"tweedie/rng"
)

// density is that of one datum, as weights of points: those of a quadrature, or of a lattice.
type density struct {
	lattice bool
	x, w    []float64 // ascending points, and the density there times their weight
	edges   []float64 // of panels of panel points each
}

// Quadrature is by Gauss and Legendre, panel points a panel. Panels are of equal width in u for y = middle + s sinh(u),
// with the middle half of the draws between -s and s, and reach 8e4 s.
const panel, panels, reach = 8, 400, 12.

func newDensity(n inverse.Noise, sorted []float64, p func(v float64) float64) density {
	if l, ok := n.(inverse.Discrete); ok {
		return latticeDensity(l, sorted, p)
	}
	middle, s := sorted[len(sorted)/2], (sorted[3*len(sorted)/4]-sorted[len(sorted)/4])/2
	d := density{}
	nodes, weights := legendre(panel)
	add := func(a, b float64) {
		d.edges = append(d.edges, a)
		for k, x := range nodes {
			v := (a+b)/2 + x*(b-a)/2
			d.x = append(d.x, v)
			d.w = append(d.w, p(v)*weights[k]*(b-a)/2)
		}
	}
	last := middle + s*math.Sinh(-reach)
	for k := 1; k <= panels; k++ {
		next := middle + s*math.Sinh(reach*(2*float64(k)/panels-1))
		if edge, ok := jump(p, last, next); ok {
			add(last, edge)
			last = edge
		}
		add(last, next)
		last = next
	}
	d.edges = append(d.edges, last)
	return d
}

// jump finds by bisection where a density begins or ends between a and b.
func jump(p func(v float64) float64, a, b float64) (edge float64, ok bool) {
	inside := p(a) > 0
	if inside == (p(b) > 0) {
		return 0, false
	}
	for range 60 {
		if mid := (a + b) / 2; (p(mid) > 0) == inside {
			a = mid
		} else {
			b = mid
		}
	}
	return (a + b) / 2, true
}

// latticeDensity goes from the first draw to the last and on until the probabilities vanish.
func latticeDensity(n inverse.Discrete, sorted []float64, p func(v float64) float64) density {
	origin, step := n.Lattice()
	d := density{lattice: true}
	first, last := math.Round((sorted[0]-origin)/step), math.Round((sorted[len(sorted)-1]-origin)/step)
	const most = 10000 // points on either side, which a law without end reaches
	for range most {
		if !(p(origin+step*(first-1)) > 1e-14) {
			break
		}
		first--
	}
	for range most {
		if !(p(origin+step*(last+1)) > 1e-14) {
			break
		}
		last++
	}
	for k := first; k <= last; k++ {
		d.x = append(d.x, origin+step*k)
		d.w = append(d.w, p(origin+step*k))
	}
	return d
}

func (d density) mass() (sum float64) {
	for _, w := range d.w {
		sum += w
	}
	return sum
}

func (d density) moments() (mean, variance, kurtosis float64) {
	for i, w := range d.w {
		mean += w * d.x[i]
	}
	for i, w := range d.w {
		variance += w * (d.x[i] - mean) * (d.x[i] - mean)
	}
	for i, w := range d.w {
		kurtosis += w * math.Pow((d.x[i]-mean)*(d.x[i]-mean)/variance, 2)
	}
	return mean, variance, kurtosis
}

// distance returns sqrt(N) D of Kolmogorov and Smirnov for draws in ascending order. On a lattice a draw becomes a uniform
// number between the probabilities below it and up to it.
func (d density) distance(sorted []float64) float64 {
	if d.lattice {
		st := rng.New(6).Split("inversetest.noise", 0).Stream()
		u, below, k := make([]float64, len(sorted)), 0.0, 0
		for i, v := range sorted {
			for k < len(d.x) && d.x[k] < v-1e-9*math.Abs(v) && d.x[k] != v {
				below += d.w[k]
				k++
			}
			u[i] = below
			if k < len(d.w) {
				u[i] += st.Float64() * d.w[k]
			}
		}
		slices.Sort(u)
		return distance(u, func(v float64) float64 { return v })
	}
	below, k := 0.0, 0
	return distance(sorted, func(v float64) float64 {
		for k+1 < len(d.edges)-1 && d.edges[k+1] <= v {
			for _, w := range d.w[k*panel : (k+1)*panel] {
				below += w
			}
			k++
		}
		part := 0.0
		for _, w := range d.w[k*panel : (k+1)*panel] {
			part += w
		}
		return below + part*min(max((v-d.edges[k])/(d.edges[k+1]-d.edges[k]), 0), 1)
	})
}

// distance returns sqrt(N) D of numbers in ascending order under the distribution function cdf, which it asks in that order.
func distance(sorted []float64, cdf func(v float64) float64) float64 {
	n, worst := float64(len(sorted)), 0.0
	for i, v := range sorted {
		p := cdf(v)
		worst = max(worst, p-float64(i)/n, float64(i+1)/n-p)
		if math.IsNaN(p) {
			return p
		}
	}
	return worst * math.Sqrt(n)
}

// legendre returns the nodes, ascending, and weights of n points on [-1,1] by Newton's method on the Legendre polynomial.
func legendre(n int) (nodes, weights []float64) {
	for i := n - 1; i >= 0; i-- {
		x := math.Cos(math.Pi * (float64(i) + .75) / (float64(n) + .5))
		var slope float64
		for range 8 {
			p, last := 1.0, 0.0
			for k := 1.0; k <= float64(n); k++ {
				p, last = ((2*k-1)*x*p-(k-1)*last)/k, p
			}
			slope = float64(n) * (x*p - last) / (x*x - 1)
			x -= p / slope
		}
		nodes = append(nodes, x)
		weights = append(weights, 2/((1-x*x)*slope*slope))
	}
	return nodes, weights
}
