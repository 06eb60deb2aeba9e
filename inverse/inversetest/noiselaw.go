package inversetest

import (
	"math"
	"slices"

	"tweedie/inverse"
	"tweedie/rng"
)

// noiseLaw compares the draws of each datum with its density, and checks that the density of every further datum, given
// those before it, integrates to 1.
func noiseLaw(t T, n inverse.Noise, clean []float64, draws [][]float64) {
	t.Helper()
	var keep []int
	var y []float64
	before := 0.0 // -log density of the data so far
	for i := range clean {
		keep = append(keep, i)
		all, err := inverse.NoiseOf(n, keep)
		if err != nil {
			t.Errorf("noise: %v", err)
			return
		}
		one, _ := inverse.NoiseOf(n, []int{i})
		y = append(y, draws[i][len(draws[i])/2])
		sorted := slices.Sorted(slices.Values(draws[i]))
		given := newDensity(n, sorted, func(v float64) float64 {
			last := y[i]
			y[i] = v
			score := all.NegLogLik(y, clean[:i+1])
			y[i] = last
			return math.Exp(before - score)
		})
		if z := given.mass(); !(math.Abs(z-1) <= 1e-5) {
			t.Errorf("noise: %s: the density exp(-NegLogLik) integrates to %.8g over entry %d, where 1 belongs", n.Kind(), z, i)
		}
		before = all.NegLogLik(y, clean[:i+1])
		alone := newDensity(n, sorted, func(v float64) float64 { return math.Exp(-one.NegLogLik([]float64{v}, clean[i:i+1])) })
		noiseMoments(t, n, i, alone, draws[i])
		if d := alone.distance(sorted); !(d <= farthest) {
			t.Errorf("noise: %s: draws at entry %d have another distribution function than the density: sqrt(N) D = %.3g, above %.3g", n.Kind(), i, d, farthest)
		}
	}
}

// farthest is sqrt(N) D of Kolmogorov and Smirnov at p = 6e-5.
const farthest = 2.28

// noiseMoments compares means and variances, where the density's fourth moment says what draws may miss them by.
func noiseMoments(t T, n inverse.Noise, i int, d density, draws []float64) {
	t.Helper()
	mean, variance, kurtosis := d.moments()
	if !(kurtosis <= 100) {
		return
	}
	var first, second moments
	for _, v := range draws {
		first.add(v)
		second.add((v - mean) * (v - mean))
	}
	if z := first.errors(mean); !(z <= 4) {
		t.Errorf("noise: %s: draws at entry %d have the mean %.6g and the density %.6g, %.1f standard errors apart", n.Kind(), i, first.sum/first.n, mean, z)
	}
	if z := second.errors(variance); !(z <= 4) {
		t.Errorf("noise: %s: draws at entry %d have the variance %.6g and the density %.6g, %.1f standard errors apart", n.Kind(), i, second.sum/second.n, variance, z)
	}
}

// noiseStandard checks what a Standardiser says of draws, whose numbers are standard normal, or on a lattice are no farther
// out than that.
func noiseStandard(t T, n inverse.Noise, clean []float64, draws [][]float64) {
	t.Helper()
	s, ok := n.(inverse.Standardiser)
	if !ok {
		return
	}
	m := len(clean)
	y, all := make([]float64, m), make([][]float64, m)
	for k := range Draws / 4 { // laws in closed form nowhere take long
		for i := range y {
			y[i] = draws[i][k]
		}
		s.Standardised(y, y, clean)
		for i, v := range y {
			all[i] = append(all[i], v)
		}
	}
	_, discrete := n.(inverse.Discrete)
	for i, z := range all {
		size := float64(len(z))
		slices.Sort(z)
		if !discrete {
			if d := distance(z, func(v float64) float64 { return math.Erfc(-v/math.Sqrt2) / 2 }); !(d <= farthest) {
				t.Errorf("noise: %s: Standardised is not standard normal at entry %d: sqrt(N) D = %.3g, above %.3g", n.Kind(), i, d, farthest)
			}
			continue
		}
		for _, limit := range []float64{.5, 1, 2, 3} {
			p := math.Erfc(limit/math.Sqrt2) / 2
			for side, sign := range map[string]float64{"above": 1, "below": -1} {
				beyond := 0.0
				for _, v := range z {
					if sign*v > limit {
						beyond++
					}
				}
				if !(beyond/size <= p+4*math.Sqrt(p/size)) {
					t.Errorf("noise: %s: Standardised is %s %v of %.4g of the draws at entry %d, more than %.4g", n.Kind(), side, sign*limit, beyond/size, i, p)
				}
			}
		}
	}
}

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
