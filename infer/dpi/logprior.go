package dpi

import (
	"cmp"
	"errors"

	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/internal/config"
)

// PriorConfig says how log p(x) and its gradient are computed from the denoiser.
type PriorConfig struct {
	Kind      string               `json:"kind"` // "surrogate", "ode" or "exact"
	Schedule  diffusion.VP         `json:"schedule"`
	Flow      diffusion.ODEConfig  `json:"flow"`      // of ode
	Surrogate diffusion.ELBOConfig `json:"surrogate"` // of surrogate
}

// DefaultPrior returns the surrogate on the VP schedule with beta from 0.1 to 20.
func DefaultPrior() PriorConfig {
	return PriorConfig{Kind: "surrogate", Schedule: diffusion.DefaultVP(), Flow: diffusion.DefaultODE(), Surrogate: diffusion.DefaultELBO()}
}

// Validate names the first field that is out of range.
func (c PriorConfig) Validate() error {
	switch c.Kind {
	case "surrogate":
		return cmp.Or(c.Schedule.Validate(), c.Surrogate.Validate())
	case "ode":
		return cmp.Or(c.Schedule.Validate(), c.Flow.Validate())
	case "exact":
		return nil
	}
	k := config.Check("dpi")
	k.Name("prior.kind", c.Kind, "surrogate", "ode", "exact")
	return k.Err()
}

// build returns the log-density of the problem's prior, in the prior's units, with a count of its evaluations.
func (c PriorConfig) build(p *infer.Problem) (diffusion.Prior, *diffusion.Counter, error) {
	n := &diffusion.Counter{}
	switch c.Kind {
	case "ode":
		return &diffusion.ODEPrior{Denoiser: n.Denoiser(p.Prior), Schedule: c.Schedule, Shape: p.Shape, Config: c.Flow}, n, nil
	case "exact":
		e, ok := p.Prior.(exact.Distribution)
		if !ok {
			return nil, nil, errors.New("prior.kind exact needs a density in closed form; this prior is a network, for which there are surrogate and ode")
		}
		return exact.Prior{Density: e}, n, nil
	}
	return &diffusion.ELBO{Denoiser: n.Denoiser(p.Prior), Schedule: c.Schedule, Shape: p.Shape, Config: c.Surrogate, Batch: together(p.Shape.Size())}, n, nil
}

// together returns how many images of dim values are evaluated at once: few large ones, so that the context is asked soon again.
func together(dim int) int {
	const values, most = 1 << 17, 16
	return max(1, min(most, values/dim))
}
