package infer

import "tweedie/diffusion"

// NoiseLevels returns the ratios of noise to signal sqrt(1/abar_t - 1) of the linear discrete schedule with the given
// number of steps, ascending (Ho et al. 2020).
func NoiseLevels(steps int) ([]float64, error) {
	c := diffusion.DefaultDDPM()
	c.Steps = steps
	d, err := c.Build()
	if err != nil {
		return nil, err
	}
	r := make([]float64, d.Len())
	for i := range r {
		r[i] = d.Ratio(i)
	}
	return r, nil
}
