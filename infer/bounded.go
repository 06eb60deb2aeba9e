package infer

import (
	"fmt"
	"math"

	"tweedie/inverse"
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
