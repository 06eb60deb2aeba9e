package inverse

import "math"

// Informed is a Noise that tells the expected information that each measurement has of the clean one. A sampler takes
// from it the shape of its steps. It may be approximate, which costs steps and no accuracy; of a noise that is not
// Informed, it is estimated from simulated measurements.
type Informed interface {
	Noise
	// Information sets dst_i = E[(d Loss/d clean_i)^2], the mean over y given clean: 1/sigma^2 of Gaussian noise, and
	// gain/clean of counts with the mean clean times gain in units of 1/gain. It is finite and not negative wherever clean
	// lies within Support. dst may be clean.
	Information(dst, clean []float64)
}

// Supported is a Noise whose clean measurements lie in an interval, as the means of counts do. Outside of it, Loss is +Inf.
type Supported interface {
	Noise
	// Support returns the bounds of every entry of clean, lo < hi; -Inf and +Inf where there is none. The bounds
	// themselves may be refused, by a Loss that is +Inf.
	Support() (lo, hi float64)
}

// supportOf returns the bounds of a clean measurement, infinite where the noise has none.
func supportOf(n Noise) (lo, hi float64) {
	if s, ok := n.(Supported); ok {
		return s.Support()
	}
	return math.Inf(-1), math.Inf(1)
}

// Information sets dst_i = 1/sigma_i^2.
func (g Gaussian) Information(dst, clean []float64) {
	checkLen("gaussian", "dst", len(dst), len(clean))
	for i := range clean {
		s := g.At(i)
		dst[i] = 1 / (s * s)
	}
}
