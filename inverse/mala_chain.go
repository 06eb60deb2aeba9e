package inverse

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// point is a state together with the value and the gradient of f there.
type point struct {
	z, grad []float64
	f       float64
}

func (p *point) finite() bool {
	sum := p.f + floats.Sum(p.grad)
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// chain is one Langevin chain about x.
type chain struct {
	f        Potential
	x        []float64
	eta      float64
	euler    bool
	at, to   *point
	h        float64 // of the last proposal
	accepted int64
}

func newChain(f Potential, euler bool, z, x []float64, eta float64) *chain {
	n := len(z)
	c := &chain{f: f, x: x, eta: eta, euler: euler}
	c.at = &point{z: append([]float64(nil), z...), grad: make([]float64, n)}
	c.to = &point{z: make([]float64, n), grad: make([]float64, n)}
	c.at.f = f.ValueGrad(c.at.grad, c.at.z)
	return c
}

// propose draws a proposal with step h and evaluates f there.
func (c *chain) propose(h float64, st *rng.Stream) {
	c.h = h
	a, v, b := c.coefficients()
	for i, z := range c.at.z {
		c.to.z[i] = c.x[i] + a*(z-c.x[i]) - v*c.at.grad[i] + b*st.Norm()
	}
	c.to.f = c.f.ValueGrad(c.to.grad, c.to.z)
}

// coefficients returns a, v and b of the proposal z' = x + a (z-x) - v grad f(z) + b w.
func (c *chain) coefficients() (a, v, b float64) {
	e2 := c.eta * c.eta
	if c.euler {
		return 1 - c.h/e2, c.h, math.Sqrt(2 * c.h)
	}
	return math.Exp(-c.h / e2), -e2 * math.Expm1(-c.h/e2), math.Sqrt(-e2 * math.Expm1(-2*c.h/e2))
}

// logRatio returns the log acceptance ratio of a move between two points. With d = z - x, g = grad f, and d', g'
// likewise at z', the formula of MALA becomes, once the terms that cancel are taken together,
//
//	f - f' + v/b^2 [(d'-a d) g - (d - a d') g'] + v^2/(2b^2) (|g|^2 - |g'|^2) + c (|d|^2 - |d'|^2)
//
// where c = 1/(2 eta^2) - (1-a^2)/(2 b^2) is zero for the exact proposal.
func (c *chain) logRatio(from, to *point) float64 {
	a, v, b := c.coefficients()
	var cross, norms, distance float64
	for i, x := range c.x {
		d, e := from.z[i]-x, to.z[i]-x
		g, k := from.grad[i], to.grad[i]
		cross += (e-a*d)*g - (d-a*e)*k
		norms += (g - k) * (g + k)
		distance += (d - e) * (d + e)
	}
	ratio := from.f - to.f + v/(b*b)*cross + v*v/(2*b*b)*norms
	if c.euler {
		ratio += (1/(c.eta*c.eta) - (1-a*a)/(b*b)) / 2 * distance
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
