package dpnp

import (
	"errors"

	"tweedie/infer"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/rng"
)

// DenoisingSampler draws from p(x) exp(-|x-z|^2/2 eta^2), the posterior of denoising z at level eta, using the denoiser
// alone. It serves one run.
type DenoisingSampler interface {
	// Name returns the name of the method of sampling: "ddpm", "ddim", "dpm++", "unipc".
	Name() string
	// Grid returns the noise levels that a draw at eta evaluates, descending from at most eta.
	Grid(eta float64) []float64
	// Draw replaces each image of x [B*n], which holds z on entry, by a draw. Image i takes random numbers from streams[i]
	// alone, so that it is the same in any batch.
	Draw(e *infer.Evaluator, x []float64, eta float64, streams []*rng.Stream) error
}

// SamplerBuilder returns the denoising sampler for a DPnP whose field Sampler has the name that it was registered
// under. DPnP.Solve passes a valid config; DPnP.DenoisingSampler passes whatever it was called on.
type SamplerBuilder func(m DPnP) (DenoisingSampler, error)

var samplers = config.TableOf("dpnp", "denoising sampler",
	config.Entry[SamplerBuilder]{Name: "ddpm", Value: func(m DPnP) (DenoisingSampler, error) {
		if m.Levels != nil {
			return TrainingGrid{Levels: m.Levels}, nil
		}
		return DDSDDPM{Steps: m.Steps}, nil
	}},
	config.Entry[SamplerBuilder]{Name: "ddim", Value: func(m DPnP) (DenoisingSampler, error) {
		if m.Levels != nil {
			return TrainingGrid{Levels: m.Levels, ODE: true}, nil
		}
		return DDSDDIM{Steps: m.Steps, Heun: m.Heun}, nil
	}},
	config.Entry[SamplerBuilder]{Name: "dpm++", Value: func(m DPnP) (DenoisingSampler, error) { return multistep(m, false) }},
	config.Entry[SamplerBuilder]{Name: "unipc", Value: func(m DPnP) (DenoisingSampler, error) { return multistep(m, true) }},
)

// multistep returns the multistep sampler of a config.
func multistep(m DPnP, correct bool) (DenoisingSampler, error) {
	c := config.Check("dpnp")
	c.Int("dds_steps", m.Steps, 2, config.MostSteps)
	return DDSMultistep{Steps: m.Steps, Correct: correct, Levels: m.Levels}, c.Err()
}

// RegisterSampler makes a denoising sampler of the caller's own known to DPnP.Sampler by name, beside "ddpm", "ddim",
// "dpm++" and "unipc". A name that is empty or taken is an error.
func RegisterSampler(name string, build SamplerBuilder) error { return samplers.Register(name, build) }

// Samplers returns the names that DPnP.Sampler may have, in the order of registration.
func Samplers() []string { return samplers.List() }

// DenoisingSampler returns the sampler of the second half of a round.
func (m DPnP) DenoisingSampler() (DenoisingSampler, error) {
	build, ok := samplers.Get(m.Sampler)
	if !ok {
		return nil, m.Validate()
	}
	s, err := build(m)
	if err == nil && absent.Is(s) {
		err = errors.New("its builder returned none")
	}
	return s, err
}
