package infer

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// A misfit is worth a warning when chi^2 per measurement is outside these bounds and so far from 1 that m squared
// standard normal numbers would have it with a probability of at most 1e-3. For samples of the posterior its mean over
// measurements is 1; more is allowed because the coupling of DPnP and the families of DPI are known to cost some.
const (
	mostChi2  = 3
	leastChi2 = .5
	rareChi2  = 1e-3
)

// closestChi2 is the least chi^2 per measurement that a method which fits the noise, such as an optimisation for a mode, is
// expected to leave at the right sigma.
const closestChi2 = 5e-3

// farOut bounds, in widths of the prior's range, how far the mean may lie outside it.
const farOut = .5

// Examine warns when the samples do not explain the measurement, explain it too well, or are no images of the prior.
// coupling is the standard deviation that the method leaves between its samples and the data, 0 for none; causes list what
// else, in this method, may have kept the samples from explaining the data. The error says which number of the result is
// not finite.
func (r *Result) Examine(p *Problem, coupling float64, causes ...string) error {
	lik, m := p.Likelihood, float64(len(p.Likelihood.Y))
	chi := 0.0
	for _, x := range r.Samples {
		chi += lik.ChiSquared(x) / float64(len(r.Samples))
	}
	if err := errors.Join(
		nonfinite.Check(r.Method+": the mean", r.Mean, 0, len(r.Mean)),
		nonfinite.Check(r.Method+": the deviation", r.Std, 0, len(r.Std)),
		nonfinite.Check(r.Method+": chi² of the samples", []float64{chi}, 0, 1)); err != nil {
		return err
	}
	law := distuv.ChiSquared{K: m}
	switch {
	case chi > max(mostChi2, law.Quantile(1-rareChi2)/m):
		r.Warn(fmt.Sprintf("the samples do not explain the measurement: chi² per measurement is %.3g, and about 1 is right; likely causes: %s",
			chi, strings.Join(append(r.badFit(p, chi, coupling), causes...), "; ")))
	case r.Spread == PosteriorSpread && chi < min(leastChi2, law.Quantile(rareChi2)/m):
		r.Warn(fmt.Sprintf("the samples explain the measurement better than its noise allows: chi² per measurement is %.2g, and about 1 is right; likely cause: sigma is too large%s",
			chi, excess(chi, "by a factor of about %.2g or more")))
	case r.Spread != PosteriorSpread && chi < min(closestChi2, law.Quantile(rareChi2)/m):
		r.Warn(fmt.Sprintf("the samples fit the measurement far closer than its noise: chi² per measurement is %.2g; likely causes: sigma is too large%s; the prior counts for too little, as with a small lambda",
			chi, excess(chi, "by a factor of up to %.2g")))
	}
	r.examineRange(p)
	return nil
}

// excess says in the words of format how many times sigma is too large, and nothing when chi^2 is 0.
func excess(chi float64, format string) string {
	if chi == 0 {
		return ""
	}
	return fmt.Sprintf(", "+format, 1/math.Sqrt(chi))
}

// badFit lists what may have made chi^2 large, the likeliest first.
func (r *Result) badFit(p *Problem, chi, coupling float64) []string {
	var causes []string
	if text := r.units(p); text != "" {
		causes = append(causes, text)
	}
	if share := r.coupled(p, coupling); share > chi/2 {
		causes = append(causes, fmt.Sprintf("eta_min, which is too large for noise as small as this and allows chi² of about %.3g; lower it about %.2g times", 1+share, math.Sqrt(share)))
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

// examineRange warns when the mean leaves the range of the prior's images by far.
func (r *Result) examineRange(p *Problem) {
	lo, hi := p.Range[0], p.Range[1]
	if lo == hi {
		return
	}
	least, most := slices.Min(r.Mean), slices.Max(r.Mean)
	if slack := farOut * (hi - lo); least < lo-slack || most > hi+slack {
		r.Warn(fmt.Sprintf("the mean goes from %.4g to %.4g, and the prior's images lie in [%.4g, %.4g]; likely causes: the units of the measurement, or an operator that does not keep the scale of the image",
			least, most, lo, hi))
	}
}
