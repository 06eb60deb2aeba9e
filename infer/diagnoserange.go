package infer

import (
	"fmt"
	"slices"
)

// Limits of the range of the prior's images.
const (
	farOut      = .5  // widths of the range by which the mean may lie outside
	outside     = .1  // widths of the range from which a pixel counts as outside
	mostOutside = .01 // share of pixels outside in draws of a posterior, where no more is known of the prior
	looseShare  = .1  // the same in results that are no such draws
	moreOutside = 3   // times the share in draws of the prior
)

// judgeRange judges the pixels of samples and mean by the range of the prior's images.
func (r *Result) judgeRange(p *Problem, prior knownPrior) {
	lo, hi := p.Range[0], p.Range[1]
	if lo == hi {
		return
	}
	slack, most := outside*(hi-lo), looseShare
	if r.Spread == PosteriorSpread {
		most = mostOutside
	}
	r.Judge(Verdict{Name: "share of pixels outside the prior's range", Value: share(r.Samples, lo-slack, hi+slack),
		Limits: AtMost(max(most, moreOutside*share(prior.draws, lo-slack, hi+slack))),
		Causes: []string{"the units of the measurement", "a sampler that has not converged"}},
		"the samples keep to the range of the prior's images", fmt.Sprintf("samples leave the range of the prior's images, [%.4g, %.4g]", lo, hi))
	low, high := slices.Min(r.Mean), slices.Max(r.Mean)
	r.Judge(Verdict{Name: "mean outside the prior's range, in widths of it", Value: max(0, lo-low, high-hi) / (hi - lo), Limits: AtMost(farOut),
		Causes: []string{"the units of the measurement", "an operator that does not keep the scale of the image"}},
		"the mean lies in or near the range of the prior's images", fmt.Sprintf("the mean goes from %.4g to %.4g, and the prior's images lie in [%.4g, %.4g]", low, high, lo, hi))
}

// share returns the share of pixels outside [lo, hi], 0 without images.
func share(images [][]float64, lo, hi float64) float64 {
	out, all := 0, 0
	for _, x := range images {
		for _, v := range x {
			if v < lo || v > hi {
				out++
			}
		}
		all += len(x)
	}
	return float64(out) / float64(max(1, all))
}
