package problem

import (
	"fmt"
	"math"

	"tweedie/inverse"
)

// mostTimes says how many times larger than the noise and than A x of the prior's images a measured number may be. What
// is larger is a fault of the file: float32 arithmetic loses the image beside it.
const mostTimes = 1e12

// checkMagnitude refuses an entry of data, not left out by mask, that is far beyond all that the prior's images and the
// noise can make of it.
func (p *Problem) checkMagnitude(y, mask []float64) error {
	scale := p.magnitude()
	most := mostTimes * scale
	for i, v := range y {
		if math.IsInf(v, 0) && (mask == nil || mask[i] != 0) {
			return fmt.Errorf("%s holds %g as entry %d; it must be a finite number, or NaN where it is missing", p.file.Data.Name(), v, i)
		}
		if a := math.Abs(v); a > most && !math.IsInf(a, 0) && (mask == nil || mask[i] != 0) {
			return fmt.Errorf("%s holds %.4g as entry %d, and what is measured of the prior's images is of the size of %.3g; it must be at most %.3g in the units of those images, or NaN where it is missing",
				p.file.Data.Name(), v, i, scale, most)
		}
	}
	return nil
}

// magnitude returns the largest of 1, the prior's range, A x of its black and its white image, and the noise.
func (p *Problem) magnitude() float64 {
	scale := 1.0
	x, clean := make([]float64, p.Prior.Shape().Size()), make([]float64, p.Operator.OutShape().Size())
	for _, level := range p.Prior.Spec.Range {
		scale = max(scale, math.Abs(level))
		for i := range x {
			x[i] = level
		}
		p.Operator.Apply(clean, x)
		for _, v := range clean {
			scale = math.Max(scale, math.Abs(v))
		}
	}
	if g, ok := p.Noise.(inverse.Gaussian); ok {
		scale = max(scale, g.At(0))
		for _, s := range g.Sigmas {
			scale = max(scale, s)
		}
	}
	return scale
}
