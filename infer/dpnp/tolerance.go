package dpnp

import (
	"math"

	"tweedie/internal/config"
)

// Bounds of the steps that StepsWithin tries. Fewer than the least are within a tolerance on broad Gaussian priors but
// shift the weights of modes by more than .005.
const (
	leastTolerantSteps = 6
	mostTolerantSteps  = 256
)

// Fit says how well a denoising sampler does at one eta.
type Fit struct {
	Sampler     DenoisingSampler
	Steps       int     // its dds_steps
	Evaluations int     // of the network, for a draw
	Error       float64 // the largest Response.Error over the spreads
}

// StepsWithin returns the denoising sampler that m names with the fewest dds_steps, at least 6, by which its Error is at
// most tol at eta on every prior N(0, s^2) with s in spreads. A DDSMultistep also gets the Reach that suits the spreads
// best. Where 256 steps are too few, or the steps are those of m.Levels, it returns the best there is, with an Error above
// tol. The steps given in m do not matter.
func StepsWithin(m DPnP, eta, tol float64, spreads []float64) (Fit, error) {
	c := config.Check("dpnp")
	c.Float("dds_tolerance", tol, config.Positive, 1)
	c.Name("sampler", m.Sampler, Samplers()...)
	if c.Err() != nil {
		return Fit{}, c.Err()
	}
	best := Fit{Error: math.Inf(1)}
	for n := leastTolerantSteps; n <= mostTolerantSteps; n += 1 + n/32 {
		m.Steps = n
		d, err := m.DenoisingSampler()
		if err != nil {
			return Fit{}, err
		}
		for _, d := range reaches(d) {
			r, evaluations, err := measure(d, eta, spreads)
			if err != nil {
				return Fit{}, err
			}
			worst := 0.0
			for i, s := range spreads {
				worst = math.Max(worst, r[i].Error(eta, s))
			}
			if worst < best.Error {
				best = Fit{d, n, evaluations, worst}
			}
		}
		if _, fixed := d.(TrainingGrid); fixed || best.Error <= tol {
			break
		}
	}
	return best, nil
}

// reaches returns d with several values of Reach, where it has one.
func reaches(d DenoisingSampler) []DenoisingSampler {
	m, ok := d.(DDSMultistep)
	if !ok || m.Reach != 0 {
		return []DenoisingSampler{d}
	}
	all := []DenoisingSampler{d}
	for _, f := range []float64{.75, .87, 1.15, 1.3} {
		other := m
		other.Reach = f * m.reach()
		all = append(all, other)
	}
	return all
}
