package exact

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
)

// mass is a node of the law of x_0 given u: a weight at x = (x of the peak) + sigma t.
type mass struct{ w, t float64 }

var masses = sync.Pool{New: func() any { return new([]mass) }}

// mode is where a truncated normal has its greatest density.
type mode struct {
	x   float64
	t   float64 // (x - u)/sigma
	a   float64 // t less that of the normal's centre: how far it is cut off
	log float64 // of the density there, with the kernel e^(-t^2/2)
}

// mode returns the mode of x_0 on p given u.
func (p piece) mode(u, sigma float64) mode {
	lo, hi := (p.lo-u)/sigma, (p.hi-u)/sigma
	if p.atom() {
		return mode{p.lo, lo, 0, p.height - lo*lo/2}
	}
	centre := p.slope * sigma
	m := mode{x: u + sigma*centre, t: centre}
	if lo > centre {
		m = mode{x: p.lo, t: lo, a: lo - centre}
	} else if hi < centre {
		m = mode{x: p.hi, t: hi, a: hi - centre}
	}
	m.log = p.height + p.slope*(m.x-p.at()) - m.t*m.t/2 + math.Log(sigma)
	return m
}

// spread fills list with the nodes of all pieces that count, and returns the logarithm that their weights are relative
// to and the mode that they are measured from.
func (p *pieces) spread(list *[]mass, u, sigma float64) (top float64, peak mode) {
	peak.log = math.Inf(-1)
	for _, q := range p.list {
		if m := q.mode(u, sigma); m.log > peak.log {
			peak = m
		}
	}
	n := (*list)[:0]
	for _, q := range p.list {
		if m := q.mode(u, sigma); m.log > peak.log-2*fall {
			n = q.nodes(n, m, math.Exp(m.log-peak.log), (m.x-peak.x)/sigma, sigma)
		}
	}
	*list = n
	return peak.log, peak
}

// nodes appends the nodes of one piece with mode m; w is the density there and at its place.
func (p piece) nodes(n []mass, m mode, w, at, sigma float64) []mass {
	if p.atom() {
		return append(n, mass{w, at})
	}
	// The density falls by e^-fall from the mode to m.t + lo and m.t + hi.
	r := math.Sqrt(m.a*m.a + 2*fall)
	lo, hi := -(r + m.a), r-m.a
	if m.a > 0 {
		hi = 2 * fall / (r + m.a)
	} else {
		lo = -2 * fall / (r - m.a)
	}
	lo, hi = math.Max(lo, (p.lo-m.x)/sigma), math.Min(hi, (p.hi-m.x)/sigma)
	if !(hi > lo) {
		return n
	}
	rule := ruleFor(math.Max(lo*(m.a+lo/2), hi*(m.a+hi/2)))
	half := (hi - lo) / 2
	for i, x := range rule.x {
		d := lo + half*(1+x)
		n = append(n, mass{w * half * rule.w[i] * math.Exp(-d*(m.a+d/2)), at + d})
	}
	return n
}

// rule is a Gauss-Legendre rule on [-1, 1].
type rule struct{ x, w []float64 }

var rules = func() (list [3]rule) {
	for i, n := range [3]int{8, 16, 48} {
		list[i] = rule{make([]float64, n), make([]float64, n)}
		quad.Legendre{}.FixedLocations(list[i].x, list[i].w, -1, 1)
	}
	return list
}()

// ruleFor returns the rule that integrates densities to rounding error whose logarithm ranges over fall nats.
func ruleFor(fall float64) rule {
	switch {
	case fall <= .5:
		return rules[0]
	case fall <= 5:
		return rules[1]
	}
	return rules[2]
}
