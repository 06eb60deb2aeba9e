package exact

import (
	"tweedie/diffusion"
	"tweedie/diffusion/internal/numeric"
)

// ELBO returns the expectation of the evidence bound b(x) of diffusion.ELBO under the Gaussian's own score, in nats, by
// quadrature in log t to about 1e-10. x has D elements; t0 is the time of the data end.
func (g *Gaussian) ELBO(s diffusion.Schedule, t0 float64, x []float64) float64 {
	g = g.spectral()
	d := g.Dim()
	checkHost("gaussian", x, d)
	sum := diffusion.ELBOConstant(s, t0, x)
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
		sum -= square(t0)/2 + numeric.LogSimpson(rate, t0, s.T(), 4000)
	}
	return sum
}
