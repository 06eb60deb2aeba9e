package diffusion

import (
	"math"

	"tweedie/internal/config"
)

// VP preserves the variance (Song et al. 2021, eq. 11): beta(t) = Beta0 + t (Beta1 - Beta0), B = int_0^t beta,
// f = -beta/2, g^2 = beta, alpha = e^(-B/2), sigma^2 = 1 - e^(-B), on [0, 1].
type VP struct {
	Beta0 float64 `json:"beta0"`
	Beta1 float64 `json:"beta1"`
}

// DefaultVP is beta from 0.1 to 20.
func DefaultVP() VP { return VP{0.1, 20} }

// Kind is "vp".
func (v VP) Kind() string { return "vp" }

// Validate wants 0 < Beta0 <= Beta1.
func (v VP) Validate() error { return validateBeta("vp", v.Beta0, v.Beta1) }

func validateBeta(kind string, b0, b1 float64) error {
	c := config.Check(kind)
	c.Float("beta0", b0, config.Tiny, mostBeta)
	c.Float("beta1", b1, b0, mostBeta)
	return c.Err()
}

// mostBeta bounds the rates of noising: with it the ratio of noise to signal at the end is 7e10, and above it single
// precision would lose the signal.
const mostBeta = 100

// T is 1.
func (v VP) T() float64 { return 1 }

// Beta is beta(t).
func (v VP) beta(t float64) float64 { return v.Beta0 + t*(v.Beta1-v.Beta0) }

// B is int_0^t beta.
func (v VP) integral(t float64) float64 { return t * (v.Beta0 + t*(v.Beta1-v.Beta0)/2) }

// timeOfB inverts B without cancellation at small times.
func (v VP) timeOfB(b float64) float64 {
	return 2 * b / (v.Beta0 + math.Sqrt(v.Beta0*v.Beta0+2*(v.Beta1-v.Beta0)*b))
}

// Alpha is e^(-B/2).
func (v VP) Alpha(t float64) float64 { return math.Exp(-v.integral(t) / 2) }

// Sigma is sqrt(1 - e^(-B)).
func (v VP) Sigma(t float64) float64 { return math.Sqrt(-math.Expm1(-v.integral(t))) }

// Drift is -beta/2.
func (v VP) Drift(t float64) float64 { return -v.beta(t) / 2 }

// G2 is beta.
func (v VP) G2(t float64) float64 { return v.beta(t) }

// Ratio is sqrt(e^B - 1).
func (v VP) Ratio(t float64) float64 { return math.Sqrt(math.Expm1(v.integral(t))) }

// Time is the t with e^B = 1 + r^2.
func (v VP) Time(r float64) float64 { return v.timeOfB(math.Log1p(r * r)) }

// Weight is log(e^B(t) - 1) - log(e^B(t0) - 1).
func (v VP) Weight(t0, t float64) float64 { return logExpm1(v.integral(t)) - logExpm1(v.integral(t0)) }

// TimeAt is the t with B = log(1 + e^z (e^B(t0) - 1)).
func (v VP) TimeAt(t0, z float64) float64 { return v.timeOfB(softplus(z + logExpm1(v.integral(t0)))) }
