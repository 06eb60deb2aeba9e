package diffusion

import (
	"math"

	"tweedie/internal/config"
)

// VP is the variance-preserving process (Song et al. 2021, eq. 11) on [0, 1]. With beta(t) = Beta0 + t (Beta1 - Beta0)
// and B = int_0^t beta: f = -beta/2, g^2 = beta, alpha = e^(-B/2), sigma^2 = 1 - e^(-B).
type VP struct {
	Beta0 float64 `json:"beta0"`
	Beta1 float64 `json:"beta1"`
}

// DefaultVP returns the schedule with beta from 0.1 to 20.
func DefaultVP() VP { return VP{0.1, 20} }

// Kind returns "vp".
func (v VP) Kind() string { return "vp" }

// Validate returns a *FieldError unless 0 < Beta0 <= Beta1 <= 100.
func (v VP) Validate() error { return validateBeta("vp", v.Beta0, v.Beta1) }

// validateBeta returns a *FieldError of the given kind unless 0 < b0 <= b1 <= mostBeta.
func validateBeta(kind string, b0, b1 float64) error {
	c := config.Check(kind)
	c.Float("beta0", b0, config.Tiny, mostBeta)
	c.Float("beta1", b1, b0, mostBeta)
	return c.Err()
}

// mostBeta bounds the rates of noising: with it the ratio of noise to signal at the end is 7e10, and above it single
// precision would lose the signal.
const mostBeta = 100

// T returns 1, the time at which x_t is taken for noise.
func (v VP) T() float64 { return 1 }

// beta returns beta(t).
func (v VP) beta(t float64) float64 { return v.Beta0 + t*(v.Beta1-v.Beta0) }

// integral returns B = int_0^t beta.
func (v VP) integral(t float64) float64 { return t * (v.Beta0 + t*(v.Beta1-v.Beta0)/2) }

// timeOfB returns the t at which B is b, without cancellation at small times.
func (v VP) timeOfB(b float64) float64 {
	return 2 * b / (v.Beta0 + math.Sqrt(v.Beta0*v.Beta0+2*(v.Beta1-v.Beta0)*b))
}

// Alpha returns e^(-B/2), the factor of x_0.
func (v VP) Alpha(t float64) float64 { return math.Exp(-v.integral(t) / 2) }

// Sigma returns sqrt(1 - e^(-B)), the standard deviation of the noise.
func (v VP) Sigma(t float64) float64 { return math.Sqrt(-math.Expm1(-v.integral(t))) }

// Drift returns f = -beta/2.
func (v VP) Drift(t float64) float64 { return -v.beta(t) / 2 }

// G2 returns g^2 = beta.
func (v VP) G2(t float64) float64 { return v.beta(t) }

// Ratio returns sigma/alpha = sqrt(e^B - 1).
func (v VP) Ratio(t float64) float64 { return math.Sqrt(math.Expm1(v.integral(t))) }

// Time returns the t at which sigma/alpha is r, where e^B = 1 + r^2.
func (v VP) Time(r float64) float64 { return v.timeOfB(math.Log1p(r * r)) }

// Weight returns int_t0^t g^2/sigma^2 = log(e^B(t) - 1) - log(e^B(t0) - 1).
func (v VP) Weight(t0, t float64) float64 { return logExpm1(v.integral(t)) - logExpm1(v.integral(t0)) }

// TimeAt returns the t at which Weight(t0, t) is z, where B = log(1 + e^z (e^B(t0) - 1)).
func (v VP) TimeAt(t0, z float64) float64 { return v.timeOfB(softplus(z + logExpm1(v.integral(t0)))) }
