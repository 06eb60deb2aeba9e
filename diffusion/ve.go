package diffusion

import (
	"math"

	"tweedie/internal/config"
)

// VE is the variance-exploding process (Song et al. 2021, eq. 9): alpha = 1, f = 0, sigma = SigmaMin
// (SigmaMax/SigmaMin)^t and g^2 = 2 sigma^2 log(SigmaMax/SigmaMin) on [0, 1]. At t = 0 the noise is SigmaMin and not 0.
type VE struct {
	SigmaMin float64 `json:"sigma_min"`
	SigmaMax float64 `json:"sigma_max"`
}

// DefaultVE returns the schedule with sigma from 0.01 to 50.
func DefaultVE() VE { return VE{0.01, 50} }

// Kind returns "ve".
func (v VE) Kind() string { return "ve" }

// Validate returns a *FieldError unless 0 < SigmaMin < SigmaMax, both within 1e-18 to 1e18.
func (v VE) Validate() error {
	c := config.Check("ve")
	c.Float("sigma_min", v.SigmaMin, config.Tiny, config.Huge)
	c.Float("sigma_max", v.SigmaMax, 0, config.Huge)
	c.That(v.SigmaMax > v.SigmaMin, "sigma_max", v.SigmaMax, "be above sigma_min, %g", v.SigmaMin)
	return c.Err()
}

// T returns 1, the time at which x_t is taken for noise.
func (v VE) T() float64 { return 1 }

// log returns log(SigmaMax/SigmaMin).
func (v VE) log() float64 { return math.Log(v.SigmaMax / v.SigmaMin) }

// Alpha returns 1: data are not scaled.
func (v VE) Alpha(t float64) float64 { return 1 }

// Sigma returns SigmaMin (SigmaMax/SigmaMin)^t, the standard deviation of the noise.
func (v VE) Sigma(t float64) float64 { return v.SigmaMin * math.Exp(t*v.log()) }

// Drift returns f = 0.
func (v VE) Drift(t float64) float64 { return 0 }

// G2 returns g^2 = 2 sigma^2 log(SigmaMax/SigmaMin).
func (v VE) G2(t float64) float64 {
	s := v.Sigma(t)
	return 2 * s * s * v.log()
}

// Ratio returns sigma/alpha, which is sigma.
func (v VE) Ratio(t float64) float64 { return v.Sigma(t) }

// Time returns the t at which sigma is r, log(r/SigmaMin)/log(SigmaMax/SigmaMin).
func (v VE) Time(r float64) float64 { return math.Log(r/v.SigmaMin) / v.log() }

// Weight returns int_t0^t g^2/sigma^2 = 2 (t - t0) log(SigmaMax/SigmaMin).
func (v VE) Weight(t0, t float64) float64 { return 2 * (t - t0) * v.log() }

// TimeAt returns the t at which Weight(t0, t) is z, t0 + z/(2 log(SigmaMax/SigmaMin)).
func (v VE) TimeAt(t0, z float64) float64 { return t0 + z/(2*v.log()) }
