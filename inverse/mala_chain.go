package inverse

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// point is a state together with f and its gradient there, the gradient of g = f + |.-x|^2/2 eta^2, and C times that.
type point struct {
	z, grad, full, shaped []float64
	f                     float64
}

func newPoint(n int) *point {
	return &point{z: make([]float64, n), grad: make([]float64, n), full: make([]float64, n), shaped: make([]float64, n)}
}

func (p *point) finite() bool {
	sum := p.f + floats.Sum(p.grad)
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// chain is one Langevin chain about x.
type chain struct {
	f        func(grad, z []float64) float64
	x        []float64
	eta      float64
	euler    bool
	c        metric
	box      []interval // nil where no pixel has bounds
	at, to   *point
	noise    []float64
	h        float64 // of the last proposal
	accepted int64
}

func newChain(f func(grad, z []float64) float64, euler bool, z, x []float64, eta float64, c metric, box []interval) *chain {
	n := len(z)
	ch := &chain{f: f, x: x, eta: eta, euler: euler, c: c, box: box, at: newPoint(n), to: newPoint(n), noise: make([]float64, n)}
	copy(ch.at.z, z)
	ch.evaluate(ch.at)
	return ch
}

// evaluate computes what belongs to the z of a point.
func (c *chain) evaluate(p *point) {
	p.f = c.f(p.grad, p.z)
	for i, g := range p.grad {
		p.full[i] = g + (p.z[i]-c.x[i])/(c.eta*c.eta)
	}
	c.c.times(p.shaped, p.full)
}

// propose draws a proposal with step h and evaluates f there.
func (c *chain) propose(h float64, st *rng.Stream) {
	c.h = h
	drift, b := c.coefficients()
	c.c.draw(c.noise, st)
	for i, z := range c.at.z {
		c.to.z[i] = z - drift*c.at.shaped[i] + b*c.noise[i]
	}
	for i, b := range c.box {
		c.to.z[i] = b.folded(c.to.z[i])
	}
	c.evaluate(c.to)
}

// coefficients returns those of the proposal z' = z - drift C grad g(z) + b N(0, C).
func (c *chain) coefficients() (drift, b float64) {
	if c.euler {
		return c.h, math.Sqrt(2 * c.h)
	}
	return -math.Expm1(-c.h), math.Sqrt(-math.Expm1(-2 * c.h))
}

// logRatio returns the log acceptance ratio of a move between two points. With d = z' - z, G = grad g and k for the drift, the
// formula of MALA becomes, once the terms that cancel are taken together,
//
//	f - f' + d (grad f + grad f')/2 + (k/b^2 - 1/2) d (G + G') + k^2/(2b^2) (G C G - G' C G')
//
// where the third term is zero for Euler, and all are together for a quadratic g with the curvature C^-1.
func (c *chain) logRatio(from, to *point) float64 {
	if c.box != nil {
		return c.foldedRatio(from, to)
	}
	k, b := c.coefficients()
	var likelihood, cross, norms float64
	for i := range c.x {
		d := to.z[i] - from.z[i]
		likelihood += d * (from.grad[i] + to.grad[i])
		cross += d * (from.full[i] + to.full[i])
		norms += from.full[i]*from.shaped[i] - to.full[i]*to.shaped[i]
	}
	ratio := from.f - to.f + likelihood/2 + k*k/(2*b*b)*norms
	if !c.euler {
		ratio += (k/(b*b) - .5) * cross
	}
	return ratio
}

// foldedRatio is logRatio for proposals that are reflected at the sides of a box, by a diagonal C.
func (c *chain) foldedRatio(from, to *point) float64 {
	k, b := c.coefficients()
	ratio := from.f - to.f
	for i, side := range c.box {
		d, e := from.z[i]-c.x[i], to.z[i]-c.x[i]
		s := b * math.Sqrt(c.c.(diagonalMetric)[i])
		ratio += (d - e) * (d + e) / (2 * c.eta * c.eta)
		ratio += side.logDensity(from.z[i], to.z[i]-k*to.shaped[i], s) - side.logDensity(to.z[i], from.z[i]-k*from.shaped[i], s)
	}
	return ratio
}

// decide accepts or refuses the proposal and returns the probability of acceptance. It refuses a proposal at which f
// is not finite.
func (c *chain) decide(st *rng.Stream) float64 {
	u := st.Float64()
	if !c.to.finite() {
		return 0
	}
	p := math.Exp(min(0, c.logRatio(c.at, c.to)))
	if u < p {
		c.accept()
	}
	return p
}

func (c *chain) accept() {
	c.at, c.to = c.to, c.at
	c.accepted++
}
