package diffusion

import "math"

// elboConstant is E log pi(x_T) + D (Z/2 + log alpha(T) + 1/2).
func elboConstant(s Schedule, t0 float64, x []float64) float64 {
	d := float64(len(x))
	a, sigma, std := s.Alpha(s.T()), s.Sigma(s.T()), TerminalStd(s)
	v := std * std
	sum := d*(s.Weight(t0, s.T())/2+math.Log(a)+.5) - d/2*(log2Pi+math.Log(v)) - d*sigma*sigma/(2*v)
	for _, c := range x {
		sum -= a * a * c * c / (2 * v)
	}
	return sum
}

// ELBO is the expectation of the bound b(x) under the Gaussian's own score, by quadrature in log t to about 1e-10.
func (g *Gaussian) ELBO(s Schedule, t0 float64, x []float64) float64 {
	d := g.Dim()
	checkHost("gaussian", x, d)
	sum := elboConstant(s, t0, x)
	for i, l := range g.lambda {
		c := x[i] - g.mean[i]
		if g.q != nil {
			c = 0
			for j := range x {
				c += g.q[j*d+i] * (x[j] - g.mean[j])
			}
		}
		// square is E (sigma s + z)^2 along this eigenvector.
		square := func(t float64) float64 {
			a, v := s.Alpha(t), s.Sigma(t)*s.Sigma(t)
			q := a*a*l + v
			return a * a * (a*a*l*l + v*c*c) / (q * q)
		}
		rate := func(t float64) float64 { return s.G2(t) / (2 * s.Sigma(t) * s.Sigma(t)) * square(t) }
		sum -= square(t0)/2 + logSimpson(rate, t0, s.T(), 4000)
	}
	return sum
}

// logSimpson is int_a^b f dt by Simpson's rule on n (even) intervals of log t.
func logSimpson(f func(float64) float64, a, b float64, n int) float64 {
	h := math.Log(b/a) / float64(n)
	sum := 0.0
	for i := 0; i <= n; i++ {
		w := float64(2 + 2*(i&1))
		if i == 0 || i == n {
			w = 1
		}
		t := a * math.Exp(float64(i)*h)
		sum += w * t * f(t)
	}
	return sum * h / 3
}
