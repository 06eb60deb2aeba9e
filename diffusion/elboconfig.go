package diffusion

import "tweedie/internal/config"

// Ways to spread the times of the bound's draws.
const (
	IndependentDraws = "independent" // each on its own
	BySample         = "sample"      // one in each of n equal strata for the n draws of a sample
	ByBatch          = "batch"       // evenly over all draws of the call behind one shift: a sample's value then depends on its place
)

// ELBOConfig says how the evidence bound is estimated.
type ELBOConfig struct {
	T0         float64 `json:"t0"`         // where the data end of the integral is; the bound exceeds log p by O(T0) at most
	Draws      int     `json:"draws"`      // times for each sample
	Importance bool    `json:"importance"` // times with density g^2/(sigma^2 Z) and not uniform
	Strata     string  `json:"strata"`     // "independent", "sample" or "batch"
	Antithetic bool    `json:"antithetic"` // every noise is used with both signs, at twice the evaluations
	Variance   float64 `json:"variance"`   // what the control variate takes for the data's variance; b is unbiased with any
}

// DefaultELBO returns one time a sample, drawn by importance and spread over the batch, and a control variate for data
// of standard deviation 1/2.
func DefaultELBO() ELBOConfig {
	return ELBOConfig{T0: 1e-3, Draws: 1, Importance: true, Strata: ByBatch, Variance: 0.25}
}

// Kind returns "elbo".
func (c ELBOConfig) Kind() string { return "elbo" }

// Validate returns a *FieldError that names the first field that is wrong.
func (c ELBOConfig) Validate() error {
	k := config.Check("elbo")
	k.Float("t0", c.T0, leastTime, config.BelowOne)
	k.Int("draws", c.Draws, 1, config.MostBatch)
	k.Name("strata", c.Strata, IndependentDraws, BySample, ByBatch)
	k.Float("variance", c.Variance, config.Tiny, config.Huge)
	return k.Err()
}
