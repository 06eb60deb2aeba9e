package exact

import "tweedie/rng"

// Marginal is a density on the line, known at every noise level: what a Separable prior is a product of. Laplace,
// StudentT, BernoulliLaplace, Uniform and NewTabulated make some. Values are immutable and may be shared by goroutines.
type Marginal interface {
	// Blurred returns what x_0 + sigma n = u says, for sigma > 0. With sigma = 0 only LogDensity is set, to that of x_0.
	Blurred(u, sigma float64) Moments
	// Sample draws x_0.
	Sample(st *rng.Stream) float64
	// Mean returns E x_0, and where there is none, the centre.
	Mean() float64
	// Variance returns the variance of x_0, +Inf when there is none.
	Variance() float64
}

// Moments is what a noisy number u = x_0 + sigma n says of x_0. With p(u) the density of u, D = E[x_0 | u].
type Moments struct {
	LogDensity float64    // log p(u), in nats
	Mean       float64    // D(u)
	Slopes     [3]float64 // D'(u), D''(u) and D'''(u)
	Score      float64    // (log p)'(u) = (D - u)/sigma^2, without the cancellation
	Curvatures [3]float64 // (log p)''(u), (log p)'''(u) and (log p)''''(u), to about 1e-16/sigma^2 of the law's own scale
}

// scaled returns the moments of location + scale x_0, of which m are the standard ones at (u - location)/scale and
// sigma/scale.
func (m Moments) scaled(location, scale, logScale float64) Moments {
	m.LogDensity -= logScale
	m.Mean = location + scale*m.Mean
	m.Score /= scale
	r := scale
	for i := range m.Slopes {
		m.Curvatures[i] /= r * scale
		m.Slopes[i] /= r / scale
		r *= scale
	}
	return m
}
