package infer

import (
	"fmt"
	"math"
	"slices"

	"tweedie/rng"
)

// badFit lists what may have made chi^2 large, the likeliest first.
func (r *Result) badFit(p *Problem, f fit, coupling float64) []string {
	var causes []string
	chi := f.chi
	if text := r.units(p); text != "" {
		causes = append(causes, text)
	}
	if share := r.coupled(p, coupling); share > chi/2 {
		causes = append(causes, fmt.Sprintf("eta_min, which is too large for noise as small as this and allows chi² of about %.3g; lower it about %.2g times", 1+share, math.Sqrt(share)))
	}
	if variance, limit := r.fitSpread(p, f); variance > limit && len(causes) == 0 {
		causes = append(causes, stuck)
	}
	return append(causes, fmt.Sprintf("sigma is too small, by about a factor %.2g", math.Sqrt(chi)),
		"the operator is not the one that made the measurement", "the image is unlike those of the prior")
}

// units says that the measurement is on another scale than A x of the samples, cut to the prior's range where that is
// known; "" when it is not.
func (r *Result) units(p *Problem) string {
	y, x, clean := p.Likelihood.Y, make([]float64, p.Shape.Size()), make([]float64, len(p.Likelihood.Y))
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, sample := range r.Samples {
		copy(x, sample)
		for i, v := range x {
			if p.Range[0] < p.Range[1] {
				x[i] = min(max(v, p.Range[0]), p.Range[1])
			}
		}
		p.Likelihood.Op.Apply(clean, x)
		lo, hi = min(lo, slices.Min(clean)), max(hi, slices.Max(clean))
	}
	least, most := slices.Min(y), slices.Max(y)
	if most-hi <= hi-lo && lo-least <= hi-lo {
		return ""
	}
	return fmt.Sprintf("the units of the measurement, which goes from %.4g to %.4g while A x of the prior's images goes from %.4g to %.4g", least, most, lo, hi)
}

// coupled returns the part of chi^2 per measurement that a deviation of the samples from the data by the coupling makes.
func (r *Result) coupled(p *Problem, coupling float64) float64 {
	if coupling == 0 {
		return 0
	}
	x, moved := r.Samples[0], make([]float64, p.Shape.Size())
	rng.New(0).Split("infer.coupling", 0).Stream().FillNorm(moved)
	for i, v := range x {
		moved[i] = v + coupling*moved[i]
	}
	here, there := make([]float64, len(p.Likelihood.Y)), make([]float64, len(p.Likelihood.Y))
	p.Likelihood.Op.Apply(here, x)
	p.Likelihood.Op.Apply(there, moved)
	return p.Likelihood.Noise.ChiSquared(there, here) / float64(len(here))
}
