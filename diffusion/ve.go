package diffusion

import (
	"math"

	"tweedie/internal/config"
)

// VE lets the variance explode (Song et al. 2021, eq. 9): alpha = 1, f = 0, sigma = SigmaMin (SigmaMax/SigmaMin)^t,
// g^2 = 2 sigma^2 log(SigmaMax/SigmaMin), on [0, 1]. At t = 0 the noise is SigmaMin and not 0.
type VE struct {
	SigmaMin float64 `json:"sigma_min"`
	SigmaMax float64 `json:"sigma_max"`
}

// DefaultVE is sigma from 0.01 to 50.
func DefaultVE() VE { return VE{0.01, 50} }

// Kind is "ve".
func (v VE) Kind() string { return "ve" }

// Validate wants 0 < SigmaMin < SigmaMax.
func (v VE) Validate() error {
	c := config.Check("ve")
	c.Float("sigma_min", v.SigmaMin, config.Tiny, config.Huge)
	c.Float("sigma_max", v.SigmaMax, 0, config.Huge)
	c.That(v.SigmaMax > v.SigmaMin, "sigma_max", v.SigmaMax, "be above sigma_min, %g", v.SigmaMin)
	return c.Err()
}

// T is 1.
func (v VE) T() float64 { return 1 }

func (v VE) log() float64 { return math.Log(v.SigmaMax / v.SigmaMin) }

// Alpha is 1.
func (v VE) Alpha(t float64) float64 { return 1 }

// Sigma is SigmaMin (SigmaMax/SigmaMin)^t.
func (v VE) Sigma(t float64) float64 { return v.SigmaMin * math.Exp(t*v.log()) }

// Drift is 0.
func (v VE) Drift(t float64) float64 { return 0 }

// G2 is 2 sigma^2 log(SigmaMax/SigmaMin).
func (v VE) G2(t float64) float64 {
	s := v.Sigma(t)
	return 2 * s * s * v.log()
}

// Ratio is sigma.
func (v VE) Ratio(t float64) float64 { return v.Sigma(t) }

// Time is log(r/SigmaMin)/log(SigmaMax/SigmaMin).
func (v VE) Time(r float64) float64 { return math.Log(r/v.SigmaMin) / v.log() }

// Weight is 2 (t - t0) log(SigmaMax/SigmaMin): g^2/sigma^2 is constant.
func (v VE) Weight(t0, t float64) float64 { return 2 * (t - t0) * v.log() }

// TimeAt is t0 + z/(2 log(SigmaMax/SigmaMin)).
func (v VE) TimeAt(t0, z float64) float64 { return t0 + z/(2*v.log()) }
