package noises

import (
	"math"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// LogNormal is multiplicative noise, y = clean exp(sigma n - sigma^2/2) with standard normal n, so that y has mean clean:
//
//	Loss = sum_i r_i^2/2,  r_i = (log(y_i/clean_i) + sigma_i^2/2)/sigma_i
//	NegLogLik = Loss + sum_i log(y_i sigma_i sqrt(2 pi))
//
// Data and clean measurements are positive. Sigma has no unit; y deviates by sqrt(exp(sigma^2) - 1) of itself.
type LogNormal struct {
	// Sigma is the deviation of log y.
	Sigma float64 `json:"sigma,omitempty"`
	// Sigmas, when given in place of Sigma, has one for each entry.
	Sigmas []float64 `json:"sigmas,omitempty"`
}

// Kind returns "log-normal".
func (LogNormal) Kind() string { return "log-normal" }

// Validate names the field that is wrong.
func (n LogNormal) Validate(m int) error {
	c := config.Check(n.Kind())
	numbers(c, "sigma", n.Sigma, 0, "sigmas", n.Sigmas, m, 1e-9, 20)
	return c.Err()
}

// CheckData refuses data that are not positive.
func (n LogNormal) CheckData(y []float64) error { return checkPositive(n.Kind(), y) }

// Support returns 0, which Loss refuses, and +Inf.
func (LogNormal) Support() (lo, hi float64) { return speckleSupport() }

func (n LogNormal) unit(i int, y, c float64) float64 {
	s := own(n.Sigma, n.Sigmas, i)
	return math.Log(y/c)/s + s/2
}

// Sample sets dst = clean exp(sigma n - sigma^2/2), with n drawn from st.
func (n LogNormal) Sample(dst, clean []float64, st *rng.Stream) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		s := own(n.Sigma, n.Sigmas, i)
		return c * math.Exp(s*(st.Norm()-s/2))
	})
}

// Loss returns half of ChiSquared, +Inf where clean is not positive.
func (n LogNormal) Loss(y, clean []float64) float64 { return n.ChiSquared(y, clean) / 2 }

// NegLogLik returns Loss + sum_i log(y_i sigma_i sqrt(2 pi)), +Inf for data that are not positive.
func (n LogNormal) NegLogLik(y, clean []float64) float64 {
	for _, v := range y {
		if !(v > 0) {
			return math.Inf(1)
		}
	}
	return n.Loss(y, clean) + sum(n.Kind(), y, clean, func(i int, y, _ float64) float64 {
		return math.Log(y) + math.Log(own(n.Sigma, n.Sigmas, i)) + logRoot2Pi
	})
}

// Residual sets dst = -r/(sigma clean).
func (n LogNormal) Residual(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		c = inside(y, c)
		return -n.unit(i, y, c) / (own(n.Sigma, n.Sigmas, i) * c)
	})
}

// ChiSquared returns sum_i r_i^2, +Inf where clean is not positive.
func (n LogNormal) ChiSquared(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		if !(c > 0) {
			return math.Inf(1)
		}
		return square(n.unit(i, y, c))
	})
}

// Standardised sets dst = r.
func (n LogNormal) Standardised(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 { return n.unit(i, y, inside(y, c)) })
}

// Information sets dst_i = 1/(sigma_i clean_i)^2.
func (n LogNormal) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		return 1 / square(own(n.Sigma, n.Sigmas, i)*max(c, leastClean))
	})
}

// leastClean bounds clean measurements, so that the information is finite.
const leastClean = 1e-100

// Restrict returns the noise of the entries with the indices keep.
func (n LogNormal) Restrict(keep []int) inverse.Noise {
	return LogNormal{Sigma: n.Sigma, Sigmas: pick(n.Sigmas, keep)}
}

func init() { inverse.RegisterNoise(LogNormal{}) }
