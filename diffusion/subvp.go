package diffusion

import "math"

// SubVP is the sub-variance-preserving process (Song et al. 2021, eq. 12): beta, B, f and alpha of VP with
// g^2 = beta (1 - e^(-2B)), sigma = 1 - e^(-B).
type SubVP struct {
	Beta0 float64 `json:"beta0"`
	Beta1 float64 `json:"beta1"`
}

// DefaultSubVP returns the schedule with beta from 0.1 to 20.
func DefaultSubVP() SubVP { return SubVP{0.1, 20} }

// vp returns the VP schedule with the same beta.
func (v SubVP) vp() VP { return VP(v) }

// Kind returns "subvp".
func (v SubVP) Kind() string { return "subvp" }

// Validate returns a *FieldError unless 0 < Beta0 <= Beta1 <= 100.
func (v SubVP) Validate() error { return validateBeta("subvp", v.Beta0, v.Beta1) }

// T returns 1, the time at which x_t is taken for noise.
func (v SubVP) T() float64 { return 1 }

// Alpha returns e^(-B/2), the factor of x_0.
func (v SubVP) Alpha(t float64) float64 { return v.vp().Alpha(t) }

// Sigma returns 1 - e^(-B), the standard deviation of the noise.
func (v SubVP) Sigma(t float64) float64 { return -math.Expm1(-v.vp().integral(t)) }

// Drift returns f = -beta/2.
func (v SubVP) Drift(t float64) float64 { return v.vp().Drift(t) }

// G2 returns g^2 = beta (1 - e^(-2B)).
func (v SubVP) G2(t float64) float64 { return -v.vp().beta(t) * math.Expm1(-2*v.vp().integral(t)) }

// Ratio returns sigma/alpha = 2 sinh(B/2).
func (v SubVP) Ratio(t float64) float64 { return 2 * math.Sinh(v.vp().integral(t)/2) }

// Time returns the t at which sigma/alpha is r, where B = 2 asinh(r/2).
func (v SubVP) Time(r float64) float64 { return v.vp().timeOfB(2 * math.Asinh(r/2)) }

// Weight returns int_t0^t g^2/sigma^2 = 2 log sinh(B(t)/2) - 2 log sinh(B(t0)/2).
func (v SubVP) Weight(t0, t float64) float64 {
	return 2 * (logSinh(v.vp().integral(t)/2) - logSinh(v.vp().integral(t0)/2))
}

// TimeAt returns the t at which Weight(t0, t) is z, where sinh(B/2) = e^(z/2) sinh(B(t0)/2).
func (v SubVP) TimeAt(t0, z float64) float64 {
	return v.vp().timeOfB(2 * math.Asinh(math.Exp(z/2+logSinh(v.vp().integral(t0)/2))))
}

// logSinh returns log(sinh x) for x > 0.
func logSinh(x float64) float64 { return x + math.Log(-math.Expm1(-2*x)) - math.Ln2 }
