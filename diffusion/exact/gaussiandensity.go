package exact

import (
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/diffusion/internal/numeric"
	"tweedie/rng"
)

// logDensity returns log p(u; sigma) for each sample, [B,1], without the constant -D/2 log 2 pi.
func (g *Gaussian) logDensity(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	c := s.Enter("gaussian")
	x := g.coordinates(c, u)
	if g.low != nil {
		x = c.Mul(c.Scale(x, -0.5), g.low.whiten(c, x, sigma))
	} else {
		x = c.Mul(c.Square(x), g.spectrum(c, sigma, func(l, v float64) float64 { return -0.5 / (l + v) }))
	}
	x = c.SumTo(x, autodiff.S(len(sigma), 1))
	x = c.Add(x, batch.Column(c, u, func(b int) float64 { return g.logNorm(sigma[b]) }))
	c.Close(x)
	return x
}

// logNorm returns -sum_i log(lambda_i + sigma^2)/2 = -log det (S + sigma^2)/2.
func (g *Gaussian) logNorm(sigma float64) float64 {
	if g.low != nil {
		_, logDet := g.low.core(sigma)
		return -logDet / 2
	}
	sum := 0.0
	for _, l := range g.lambda {
		sum -= math.Log(l+sigma*sigma) / 2
	}
	return sum
}

// LogDensity returns log N(x; mu, S + sigma^2) in nats.
func (g *Gaussian) LogDensity(x []float64, sigma float64) float64 {
	d := g.Dim()
	checkHost("gaussian", x, d)
	if g.low != nil {
		c := make([]float64, d)
		for i := range c {
			c[i] = x[i] - g.mean[i]
		}
		return g.low.logDensity(c, sigma) - float64(d)/2*numeric.Log2Pi
	}
	sum := g.logNorm(sigma) - float64(d)/2*numeric.Log2Pi
	for i, l := range g.lambda {
		c := 0.0
		if g.q == nil {
			c = x[i] - g.mean[i]
		} else {
			for j := range x {
				c += g.q[j*d+i] * (x[j] - g.mean[j])
			}
		}
		sum -= c * c / (2 * (l + sigma*sigma))
	}
	return sum
}

// Sample draws mu + Q sqrt(lambda) n, with n standard normals, into dst.
func (g *Gaussian) Sample(dst []float64, st *rng.Stream) {
	d := g.Dim()
	checkHost("gaussian", dst, d)
	copy(dst, g.mean)
	if g.low != nil {
		g.low.add(dst, st)
	}
	for i, l := range g.lambda {
		n := st.Norm() * math.Sqrt(l)
		if g.q == nil {
			dst[i] += n
			continue
		}
		for j := range dst {
			dst[j] += g.q[j*d+i] * n
		}
	}
}
