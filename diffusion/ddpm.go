package diffusion

import (
	"math"
	"slices"

	"tweedie/internal/config"
)

// Variances of the ancestral step by name. Their logarithms are log beta~, log beta and, with v in [-1, 1] from the
// network and frac = (v+1)/2, frac log beta + (1-frac) log beta~ (Nichol and Dhariwal 2021, eq. 15).
const (
	FixedSmall   = "fixed-small"
	FixedLarge   = "fixed-large"
	LearnedRange = "learned-range"
)

// DDPMConfig describes a process in discrete time (Ho et al. 2020), as guided-diffusion or diffusers build it.
type DDPMConfig struct {
	Betas     string  `json:"betas"`      // "linear", "cosine" or GivenBetas, or one of the Single ones in float32
	Steps     int     `json:"steps"`      // number of training steps
	BetaStart float64 `json:"beta_start"` // linear: first beta at 1000 steps; scaled by 1000/steps
	BetaEnd   float64 `json:"beta_end"`   // linear: last beta at 1000 steps; scaled by 1000/steps
	Respacing string  `json:"respacing"`  // "" keeps all steps; "ddim50" an integer stride; "10,15,20" steps by section
	Variance  string  `json:"variance"`   // "fixed-small", "fixed-large" or "learned-range"
	Rescale   bool    `json:"rescale"`    // networks receive index*1000/steps instead of the index

	Given string `json:"given,omitempty"` // the betas of GivenBetas and SingleGiven, "0.0001,0.0002"
}

// DefaultDDPM returns the linear schedule of 1000 steps, all kept, with the small fixed variance.
func DefaultDDPM() DDPMConfig {
	return DDPMConfig{Betas: "linear", Steps: 1000, BetaStart: 1e-4, BetaEnd: 0.02, Variance: FixedSmall}
}

// Kind returns "ddpm".
func (c DDPMConfig) Kind() string { return "ddpm" }

// Validate returns a *FieldError that names the first field that is wrong.
func (c DDPMConfig) Validate() error {
	k := config.Check("ddpm")
	k.Int("steps", c.Steps, 2, config.MostSteps)
	k.Finite("beta_start", c.BetaStart)
	k.Finite("beta_end", c.BetaEnd)
	if err := k.Err(); err != nil {
		return err
	}
	switch c.Betas {
	case "linear":
		s := 1000 / float64(c.Steps)
		if !(c.BetaStart > 0) || c.BetaStart*s >= 1 {
			return config.Errorf("ddpm", "beta_start", "%g * 1000/steps must lie in (0, 1)", c.BetaStart)
		}
		if !(c.BetaEnd >= c.BetaStart) || c.BetaEnd*s >= 1 {
			return config.Errorf("ddpm", "beta_end", "%g must be at least beta_start, and below 1 after the factor 1000/steps", c.BetaEnd)
		}
	case "cosine":
	case GivenBetas:
		if err := c.validateGiven(); err != nil {
			return err
		}
	default:
		if !c.single() {
			return config.Errorf("ddpm", "betas", "%q is neither linear nor cosine nor given", c.Betas)
		}
		if err := c.validateSingle(); err != nil {
			return err
		}
	}
	if !slices.Contains([]string{FixedSmall, FixedLarge, LearnedRange}, c.Variance) {
		return config.Errorf("ddpm", "variance", "%q is none of %s, %s, %s", c.Variance, FixedSmall, FixedLarge, LearnedRange)
	}
	_, err := respace(c.Steps, c.Respacing)
	return err
}

// DecodeDDPM reads {"kind": "ddpm", "respacing": "ddim50"} onto DefaultDDPM; an unknown field is an error.
func DecodeDDPM(data []byte) (DDPMConfig, error) { return decode(ddpms, data) }

// EncodeDDPM writes what DecodeDDPM reads, with every field.
func EncodeDDPM(c DDPMConfig) ([]byte, error) { return ddpms.Encode(c) }

// Build returns the tables of the process at the steps that Respacing keeps.
func (c DDPMConfig) Build() (*DDPM, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	betas, err := c.betas()
	if err != nil {
		return nil, err
	}
	keep, err := respace(c.Steps, c.Respacing)
	if err != nil {
		return nil, err
	}
	d, err := NewDDPM(betas, keep)
	if err != nil {
		return nil, err
	}
	d.Variance = c.Variance
	if c.Rescale {
		d.labelScale = 1000 / float64(c.Steps)
	}
	return d, nil
}

// betas returns beta at every training step, before respacing.
func (c *DDPMConfig) betas() ([]float64, error) {
	if c.single() {
		return c.singleTable()
	}
	if c.Betas == GivenBetas {
		return c.given(64)
	}
	betas := make([]float64, c.Steps)
	for i := range betas {
		if c.Betas == "cosine" {
			n := float64(c.Steps)
			betas[i] = math.Min(1-cosineAlphaBar(float64(i+1)/n)/cosineAlphaBar(float64(i)/n), 0.999)
			continue
		}
		s := 1000 / float64(c.Steps)
		lo, hi := c.BetaStart*s, c.BetaEnd*s
		betas[i] = lo + float64(i)*((hi-lo)/float64(c.Steps-1))
	}
	return betas, nil
}

// cosineAlphaBar returns cos^2((t + 0.008)/1.008 pi/2), the cosine schedule at t in [0, 1] (Nichol and Dhariwal 2021,
// eq. 17).
func cosineAlphaBar(t float64) float64 {
	c := math.Cos((t + 0.008) / 1.008 * math.Pi / 2)
	return c * c
}
