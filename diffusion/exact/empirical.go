package exact

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/diffusion/internal/numeric"
	"tweedie/internal/config"
	"tweedie/rng"
)

// Empirical is the finite prior sum_i w_i N(x_i, tau^2 I) on points x_i; with tau = 0 it has its mass on the points.
// With v = tau^2 + r^2, p = softmax_i(log w_i - ||u - x_i||^2/2v) and m = sum_i p_i x_i:
//
//	D(u, r) = (tau^2 u + r^2 m)/v,   grad log p(u; r) = (m - u)/v.
type Empirical struct {
	logw   []float64
	mean   []float64
	points []float64 // [N,D], the mean taken off
	bias   []float64 // -||x_i - mean||^2/2
	tau    float64
}

// NewEmpirical returns the prior on points [N][D], which it copies, with the given weights (nil for equal ones),
// blurred by normals of standard deviation tau >= 0. The error names the point, the weight or tau that does not fit.
func NewEmpirical(points [][]float64, weights []float64, tau float64) (*Empirical, error) {
	logw, err := logWeights("empirical", weights, len(points))
	if err != nil {
		return nil, err
	}
	if !(tau >= 0 && tau <= math.MaxFloat64) {
		return nil, config.Errorf("empirical", "tau", "%g must be finite and not negative", tau)
	}
	d := len(points[0])
	e := &Empirical{logw: logw, mean: make([]float64, d), tau: tau}
	for i, p := range points {
		if len(p) != d || d == 0 {
			return nil, config.Errorf("empirical", "points", "point %d has %d elements and the first has %d; there must be at least one", i, len(p), d)
		}
		for j, v := range p {
			e.mean[j] += math.Exp(logw[i]) * v
		}
	}
	for _, p := range points {
		sum := 0.0
		for j, v := range p {
			c := v - e.mean[j]
			e.points = append(e.points, c)
			sum += c * c
		}
		e.bias = append(e.bias, -sum/2)
	}
	return e, nil
}

// Dim returns D, the number of elements of a point.
func (e *Empirical) Dim() int { return len(e.mean) }

// Len returns N, the number of points.
func (e *Empirical) Len() int { return len(e.logw) }

// Weights returns the weights w_i, which sum to 1.
func (e *Empirical) Weights() []float64 { return expAll(e.logw) }

// Point returns a copy of x_i.
func (e *Empirical) Point(i int) []float64 {
	p := e.Mean()
	for j, v := range e.points[i*e.Dim():][:e.Dim()] {
		p[j] += v
	}
	return p
}

// Mean returns the mean of a sample, sum_i w_i x_i.
func (e *Empirical) Mean() []float64 { return append([]float64(nil), e.mean...) }

// Cov returns the covariance of a sample, sum_i w_i (x_i - mean)(x_i - mean)^T + tau^2 I.
func (e *Empirical) Cov() *mat.SymDense {
	d := e.Dim()
	cov := mat.NewSymDense(d, nil)
	for i, l := range e.logw {
		cov.SymRankOne(cov, math.Exp(l), mat.NewVecDense(d, e.points[i*d:(i+1)*d]))
	}
	for j := 0; j < d; j++ {
		cov.SetSym(j, j, cov.At(j, j)+e.tau*e.tau)
	}
	return cov
}

// Denoise returns (tau^2 u + sigma^2 m)/(tau^2 + sigma^2), [B,...].
func (e *Empirical) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	c := s.Enter("empirical")
	x, m := e.posteriorMean(c, u, sigma)
	pull := func(b int) float64 { return sigma[b] * sigma[b] / e.variance(sigma[b]) }
	if e.tau == 0 {
		x = m
	} else {
		x = c.Add(c.Mul(x, batch.Column(c, x, func(b int) float64 { return 1 - pull(b) })), c.Mul(m, batch.Column(c, x, pull)))
	}
	y := c.Reshape(c.Add(x, c.Const64(autodiff.S(1, e.Dim()), e.mean)), u.Shape())
	c.Close(y)
	return y
}

// Score returns (m - u)/(tau^2 + sigma^2), [B,...].
func (e *Empirical) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	c := s.Enter("empirical")
	x, m := e.posteriorMean(c, u, sigma)
	y := c.Mul(c.Sub(m, x), batch.Column(c, x, func(b int) float64 { return 1 / e.variance(sigma[b]) }))
	y = c.Reshape(y, u.Shape())
	c.Close(y)
	return y
}

// variance returns tau^2 + sigma^2.
func (e *Empirical) variance(sigma float64) float64 { return e.tau*e.tau + sigma*sigma }

// posteriorMean returns x = u - mean and m - mean, both [B,D], where m is the posterior mean of the point.
func (e *Empirical) posteriorMean(c *autodiff.Scope, u autodiff.Var, sigma []float64) (x, m autodiff.Var) {
	d, n := e.Dim(), e.Len()
	points := c.Const64(autodiff.S(n, d), e.points)
	x = c.Sub(flat(c, "empirical", u, sigma, d), c.Const64(autodiff.S(1, d), e.mean))
	logits := c.MatMul(x, points, false, true)
	logits = c.Mul(logits, batch.Column(c, x, func(b int) float64 { return 1 / e.variance(sigma[b]) }))
	logits = c.Add(logits, batch.Fill(c, autodiff.S(len(sigma), n), func(i int) float64 {
		return e.logw[i%n] + e.bias[i%n]/e.variance(sigma[i/n])
	}))
	return x, c.MatMul(c.Softmax(logits), points, false, false)
}

// LogDensity returns log sum_i w_i N(x; x_i, tau^2 + sigma^2) in nats. tau and sigma must not both be zero.
func (e *Empirical) LogDensity(x []float64, sigma float64) float64 {
	d := e.Dim()
	checkHost("empirical", x, d)
	v := e.variance(sigma)
	l := make([]float64, e.Len())
	for i := range l {
		sum := 0.0
		for j, p := range e.points[i*d : (i+1)*d] {
			c := x[j] - e.mean[j] - p
			sum += c * c
		}
		l[i] = e.logw[i] - sum/(2*v)
	}
	return floats.LogSumExp(l) - float64(d)/2*(numeric.Log2Pi+math.Log(v))
}

// Sample draws a point, and sets dst to it plus tau n with n standard normals.
func (e *Empirical) Sample(dst []float64, st *rng.Stream) {
	d := e.Dim()
	checkHost("empirical", dst, d)
	i := pick(e.logw, st)
	for j := range dst {
		dst[j] = e.mean[j] + e.points[i*d+j]
		if e.tau > 0 {
			dst[j] += e.tau * st.Norm()
		}
	}
}
