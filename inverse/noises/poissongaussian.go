package noises

import (
	"math"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// PoissonGaussian is the noise of a camera, counts that are read out with Gaussian noise: y = gain k + sigma n with
//
//	k ~ Poisson(lambda),  lambda = (link(clean) + background)/gain,  n ~ N(0,1)
//	Loss = -sum_i log sum_k lambda_i^k exp(-lambda_i)/k! exp(-(y_i - gain k)^2/(2 sigma_i^2))
//	NegLogLik = Loss + sum_i log(sigma_i sqrt(2 pi))
//
// The sum over counts is exact to 1e-12, however many there are; see the method around. Units, gain, background and link
// are those of Poisson. A known offset of the readout is to be subtracted from the data.
type PoissonGaussian struct {
	// Gain is the datum of one count.
	Gain float64 `json:"gain"`
	// Sigma is the deviation of the readout of every entry, in the units of the data.
	Sigma float64 `json:"sigma,omitempty"`
	// Sigmas, when given in place of Sigma, has one for each entry.
	Sigmas []float64 `json:"sigmas,omitempty"`
	// Background is added to every entry of link(clean).
	Background float64 `json:"background,omitempty"`
	// Backgrounds, when given in place of Background, has one for each entry.
	Backgrounds []float64 `json:"backgrounds,omitempty"`
	// Link is "identity" or "exponential".
	Link string `json:"link"`
}

// Kind returns "poisson-gaussian".
func (PoissonGaussian) Kind() string { return "poisson-gaussian" }

func (n PoissonGaussian) counts() counts { return counts{n.Gain, n.Background, n.Backgrounds, n.Link} }

// Validate names the field that is wrong.
func (n PoissonGaussian) Validate(m int) error {
	c := config.Check(n.Kind())
	n.counts().check(c, m)
	numbers(c, "sigma", n.Sigma, 0, "sigmas", n.Sigmas, m, least, most)
	return c.Err()
}

// Support returns minus the least background and +Inf, or no bounds for the exponential link.
func (n PoissonGaussian) Support() (lo, hi float64) { return n.counts().support() }

// Sample sets dst = gain k + sigma n, with k and n drawn from st.
func (n PoissonGaussian) Sample(dst, clean []float64, st *rng.Stream) {
	law := n.counts()
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		k := drawCount(law.at(i, c).lambda, st)
		return n.Gain*k + own(n.Sigma, n.Sigmas, i)*st.Norm()
	})
}

// Loss returns minus the logarithms of the sums over counts, +Inf where clean is outside of Support.
func (n PoissonGaussian) Loss(y, clean []float64) float64 {
	law := n.counts()
	if law.outside(clean) {
		return math.Inf(1)
	}
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		log, _ := n.around(i, y, law.at(i, c))
		return -log
	})
}

// NegLogLik returns Loss + sum_i log(sigma_i sqrt(2 pi)).
func (n PoissonGaussian) NegLogLik(y, clean []float64) float64 {
	return n.Loss(y, clean) + sum(n.Kind(), y, clean, func(i int, _, _ float64) float64 {
		return math.Log(own(n.Sigma, n.Sigmas, i)) + logRoot2Pi
	})
}

// Residual sets dst = dlambda/dclean (1 - E[k|y]/lambda). Below the support, lambda counts as 1e-6.
func (n PoissonGaussian) Residual(dst, y, clean []float64) {
	law := n.counts()
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		m := law.at(i, c)
		if math.IsInf(m.log, -1) {
			m.lambda, m.log = leastMean, math.Log(leastMean)
		}
		_, k := n.around(i, y, m)
		return m.dLambda - k*m.dLog
	})
}

// variance returns that of y.
func (n PoissonGaussian) variance(i int, m mean) float64 {
	return n.Gain*n.Gain*max(m.lambda, 0) + square(own(n.Sigma, n.Sigmas, i))
}

// ChiSquared returns sum_i (y_i - gain lambda_i)^2/(gain^2 lambda_i + sigma_i^2).
func (n PoissonGaussian) ChiSquared(y, clean []float64) float64 {
	law := n.counts()
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		m := law.at(i, c)
		return square(y-n.Gain*m.lambda) / n.variance(i, m)
	})
}

// Standardised sets dst to the normal quantiles of y, by sums over counts.
func (n PoissonGaussian) Standardised(dst, y, clean []float64) {
	law := n.counts()
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		m := law.at(i, c)
		if math.IsInf(m.log, -1) {
			m.lambda, m.log = leastMean, math.Log(leastMean)
		}
		return n.quantile(i, y, m)
	})
}

// Information sets dst_i = (dlambda/dclean)^2 gain^2/(gain^2 lambda + sigma^2), that of a Gaussian with this variance.
func (n PoissonGaussian) Information(dst, clean []float64) {
	law := n.counts()
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		m := law.at(i, c)
		v := n.variance(i, m)
		return m.dLambda * n.Gain * (m.dLambda * n.Gain / v)
	})
}

// Restrict returns the noise of the entries with the indices keep.
func (n PoissonGaussian) Restrict(keep []int) inverse.Noise {
	n.Backgrounds, n.Sigmas = pick(n.Backgrounds, keep), pick(n.Sigmas, keep)
	return n
}

func init() { inverse.RegisterNoise(PoissonGaussian{Gain: 1, Link: identityLink}) }
