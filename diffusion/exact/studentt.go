package exact

import (
	"math"
	"sync"

	"tweedie/diffusion/internal/numeric"
	"tweedie/internal/config"
	"tweedie/rng"
)

// student is Student's t density, a mixture of normals of variance v, v an inverse gamma:
//
//	p(x) = int N(x; 0, v) IG(v; nu/2, nu/2) dv,   so   p(u; r) = int N(u; 0, v + r^2) IG(v) dv
//
// which the trapezoidal rule in log v computes to rounding error at every noise level r.
type student struct {
	nu    float64
	log0  float64 // log of (nu/2)^(nu/2) / Gamma(nu/2)
	lower float64 // log v below which nothing counts
}

// StudentT returns Student's t density with nu degrees of freedom, from 0.5 to 10000, centred at 0 with scale 1. Its
// variance is nu/(nu-2) for nu > 2, else infinite. One value takes some hundred exponentials, more for few degrees.
func StudentT(nu float64) (Marginal, error) {
	c := config.Check("student-t")
	c.Float("nu", nu, .5, 1e4)
	if err := c.Err(); err != nil {
		return nil, err
	}
	lg, _ := math.Lgamma(nu / 2)
	s := &student{nu: nu, log0: nu/2*math.Log(nu/2) - lg}
	s.lower = s.edge(0, -1)
	return s, nil
}

// fall is how far below its peak, in nats, an integrand no longer counts.
const fall = 42

// step returns the step of the trapezoidal rule in log v: it resolves the inverse gamma and the strip in which the
// integrand is analytic.
func (s *student) step() float64 { return math.Min(.25, .6*math.Sqrt(2/(s.nu+1))) }

// edge goes from log v = at in the direction of sign to where the integrand has fallen from its value there. To the
// right, v at that place exceeds u^2 and r^2.
func (s *student) edge(at, sign float64) float64 {
	h := 4 * s.step()
	for t := at + sign*h; ; t += sign * h {
		if s.nu/2*(t+math.Exp(-t)-at-math.Exp(-at))+(t-at)/2 >= fall {
			return t
		}
	}
}

// node is one node of the rule: its weight, a = r^2/(v + r^2) and g = 1 - a.
type node struct{ w, a, g float64 }

var nodes = sync.Pool{New: func() any { return new([]node) }}

// Blurred returns the moments of x_0 given u, by quadrature over log v.
func (s *student) Blurred(u, sigma float64) Moments {
	if sigma == 0 {
		lg, _ := math.Lgamma((s.nu + 1) / 2)
		c := s.log0 - s.nu/2*math.Log(s.nu/2) + lg - math.Log(s.nu*math.Pi)/2
		return Moments{LogDensity: c - (s.nu+1)/2*math.Log1p(u/s.nu*u)}
	}
	v := sigma * sigma
	h := s.step()
	upper := s.edge(math.Max(0, math.Log(u*u+v)), 1)
	list := nodes.Get().(*[]node)
	defer nodes.Put(list)
	n := (*list)[:0]
	top := math.Inf(-1)
	for t := math.Floor(s.lower/h) * h; t <= upper; t += h {
		e := math.Exp(t)
		total := e + v
		l := -s.nu/2*(t+math.Exp(-t)) - math.Log(total)/2 - u*u/(2*total)
		n = append(n, node{l, v / total, e / total})
		top = math.Max(top, l)
	}
	*list = n
	sum, a, g := 0.0, 0.0, 0.0
	for i := range n {
		n[i].w = math.Exp(n[i].w - top)
		sum += n[i].w
		a += n[i].w * n[i].a
		g += n[i].w * n[i].g
	}
	return s.moments(n, u, sigma, sum, a/sum, g/sum, top+math.Log(sum*h)+s.log0-numeric.Log2Pi/2)
}

// moments follows from the law of a given u, of which n are the nodes and sum their weights: its mean is a, and that of
// 1 - a is g. With kappa_n its cumulants and z = u/r, D' = g + z^2 kappa_2 and so on.
func (s *student) moments(n []node, u, sigma, sum, a, g, logp float64) Moments {
	var m2, m3, m4 float64
	for _, n := range n {
		d := n.a - a
		if a > .5 { // 1 - a has the smaller rounding error
			d = g - n.g
		}
		w := n.w / sum * d * d
		m2 += w
		m3 += w * d
		m4 += w * d * d
	}
	k4 := m4 - 3*m2*m2
	z, v := u/sigma, sigma*sigma
	m := Moments{LogDensity: logp, Mean: u * g, Score: -u / v * a}
	m.Slopes = [3]float64{g + z*z*m2, z * (3*m2 - z*z*m3) / sigma, (3*m2 - 6*z*z*m3 + z*z*z*z*k4) / v}
	m.Curvatures = [3]float64{(z*z*m2 - a) / v, m.Slopes[1] / v, m.Slopes[2] / v}
	return m
}

// Sample draws by Bailey's method from a point in the unit disc.
func (s *student) Sample(st *rng.Stream) float64 {
	for {
		x, y := 2*st.Float64()-1, 2*st.Float64()-1
		if r := x*x + y*y; r > 0 && r < 1 {
			return x * math.Sqrt(s.nu*math.Expm1(-2/s.nu*math.Log(r))/r)
		}
	}
}

// Mean returns 0.
func (s *student) Mean() float64 { return 0 }

// Variance returns nu/(nu - 2), +Inf for nu <= 2.
func (s *student) Variance() float64 {
	if s.nu <= 2 {
		return math.Inf(1)
	}
	return s.nu / (s.nu - 2)
}
