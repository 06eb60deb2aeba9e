package exact

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/diffusion/internal/numeric"
	"tweedie/rng"
)

// piece is a stretch [lo, hi] of the line on which a density is e^(height + slope (x - at)), at the finite end; one of
// the ends may be infinite. A piece with hi = lo is an atom of mass e^height.
type piece struct{ lo, hi, height, slope float64 }

// at returns the end at which the density is e^height.
func (p piece) at() float64 {
	if math.IsInf(p.lo, 0) {
		return p.hi
	}
	return p.lo
}

func (p piece) atom() bool { return p.lo == p.hi }

// pieces is a density whose logarithm is linear on each piece. Given u = x_0 + r n, x_0 on a piece is a truncated
// normal, N(u + slope r^2, r^2) between its ends, whose mass and moments are found by Gauss-Legendre quadrature from its
// mode, which stays exact far in the tails.
type pieces struct {
	list           []piece
	logMass        []float64 // of each piece; they sum to 1
	mean, variance float64
}

// newPieces returns the density that is proportional to that of list.
func newPieces(list []piece) *pieces {
	p := &pieces{list: slices.Clone(list), logMass: make([]float64, len(list))}
	means, variances := make([]float64, len(list)), make([]float64, len(list))
	for i, q := range list {
		p.logMass[i], means[i], variances[i] = q.moments()
	}
	total := floats.LogSumExp(p.logMass)
	for i := range list {
		p.list[i].height -= total
		p.logMass[i] -= total
		p.mean += math.Exp(p.logMass[i]) * means[i]
	}
	for i, l := range p.logMass {
		d := means[i] - p.mean
		p.variance += math.Exp(l) * (variances[i] + d*d)
	}
	return p
}

// moments returns the logarithm of the mass of a piece, and the mean and the variance of x on it.
func (p piece) moments() (logMass, mean, variance float64) {
	w := p.hi - p.lo
	c := p.slope * w
	switch {
	case p.atom():
		return p.height, p.lo, 0
	case math.IsInf(w, 1):
		return p.height - math.Log(math.Abs(p.slope)), p.at() - 1/p.slope, 1 / (p.slope * p.slope)
	case math.Abs(c) < .1:
		q := c * c
		return p.height + math.Log(w) + c/2 + q/24*(1-q*(1-q/63)/120), p.lo + w*(.5+c*(1-q*(1-q/42)/60)/12), w * w * (1 - q*(1-q*5/126)/20) / 12
	}
	e := -math.Expm1(-math.Abs(c)) // of the slope away from the higher end
	logMass = p.height + math.Max(c, 0) + math.Log(e/math.Abs(p.slope))
	mean = (1/e - 1/math.Abs(c)) * w
	if c < 0 {
		mean = w - mean
	}
	return logMass, p.lo + mean, w * w * (1/(c*c) - math.Exp(-math.Abs(c))/(e*e))
}

// Mean returns E x_0.
func (p *pieces) Mean() float64 { return p.mean }

// Variance returns the variance of x_0.
func (p *pieces) Variance() float64 { return p.variance }

// Sample draws a piece by its mass, and from it by the inverse of its distribution function.
func (p *pieces) Sample(st *rng.Stream) float64 {
	q := p.list[pick(p.logMass, st)]
	if q.atom() {
		return q.lo
	}
	v, w := st.Float64(), q.hi-q.lo
	switch c := q.slope * w; {
	case math.IsInf(w, 1):
		return q.at() + math.Log1p(-v)/math.Abs(q.slope)*math.Copysign(1, q.slope)
	case math.Abs(c) < 1e-8:
		return q.lo + v*w
	case c > 0:
		return q.hi + math.Log1p(v*math.Expm1(-c))/q.slope
	default:
		return q.lo + math.Log1p(v*math.Expm1(c))/q.slope
	}
}

// logDensity returns log p(x) of x_0 itself, +Inf at an atom.
func (p *pieces) logDensity(x float64) float64 {
	l := math.Inf(-1)
	for _, q := range p.list {
		switch {
		case q.atom() && x == q.lo:
			return math.Inf(1)
		case !q.atom() && x >= q.lo && x <= q.hi:
			l = math.Max(l, q.height+q.slope*(x-q.at()))
		}
	}
	return l
}

// Blurred returns the moments of x_0 given u.
func (p *pieces) Blurred(u, sigma float64) Moments {
	if sigma == 0 {
		return Moments{LogDensity: p.logDensity(u)}
	}
	list := masses.Get().(*[]mass)
	defer masses.Put(list)
	top, peak := p.spread(list, u, sigma)
	m := *list
	sum, mean := 0.0, 0.0
	for _, n := range m {
		sum += n.w
		mean += n.w * n.t
	}
	mean /= sum
	var m2, m3, m4 float64
	for _, n := range m {
		d := n.t - mean
		w := n.w / sum * d * d
		m2 += w
		m3 += w * d
		m4 += w * d * d
	}
	v := sigma * sigma
	r := Moments{LogDensity: top + math.Log(sum) - math.Log(sigma) - numeric.Log2Pi/2, Mean: peak.x + sigma*mean, Score: (peak.t + mean) / sigma}
	r.Slopes = [3]float64{m2, m3 / sigma, (m4 - 3*m2*m2) / v}
	r.Curvatures = [3]float64{(m2 - 1) / v, r.Slopes[1] / v, r.Slopes[2] / v}
	return r
}
