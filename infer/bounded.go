package infer

import (
	"fmt"
	"math"
	"slices"

	"tweedie/inverse"
	"tweedie/rng"
)

// Bounded reports whether the noise allows only some clean measurements, as counts do, whose means are not negative. Methods whose
// images are free to go anywhere then keep them in Range, where that is known.
func (p *Problem) Bounded() bool {
	s, ok := p.Likelihood.Noise.(inverse.Supported)
	if !ok {
		return false
	}
	lo, hi := s.Support()
	return !math.IsInf(lo, -1) || !math.IsInf(hi, 1)
}

// Flat reports whether the loss is +Inf of a clean measurement far from the data, and of data that the noise allows does not depend on
// it, by 64 simulated measurements: as of uniform noise. There is then no gradient that would lead a method to the data.
func (p *Problem) Flat() bool {
	lik := p.Likelihood
	y, slope := make([]float64, len(lik.Y)), make([]float64, len(lik.Y))
	for i, v := range lik.Y {
		y[i] = v + 1e12*(1+math.Abs(v))
	}
	if !math.IsInf(lik.Noise.Loss(lik.Y, y), 1) {
		return false
	}
	st := rng.New(0).Split("infer.flat", 0).Stream()
	for range 64 {
		lik.Noise.Sample(y, lik.Y, st)
		lik.Noise.Residual(slope, y, lik.Y)
		if slices.ContainsFunc(slope, func(v float64) bool { return v != 0 }) {
			return false
		}
	}
	return true
}

// CheckAllowed refuses a noise that does not allow image number i of images: -log p(y|x) is +Inf there, and a method that needs its
// gradient cannot go on. do says what would help.
func (p *Problem) CheckAllowed(method string, images [][]float64, do string) error {
	for i, x := range images {
		if math.IsInf(p.Likelihood.NegLog(x), 1) {
			return fmt.Errorf("%s: noise of the kind %s does not allow image %d of %d with which %s would begin, so that there is no gradient to follow; %s",
				method, p.Likelihood.Noise.Kind(), i, len(images), method, do)
		}
	}
	return nil
}
