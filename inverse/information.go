package inverse

import (
	"math"

	"tweedie/rng"
)

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

// simulated is the number of measurements from which the information of a noise is estimated, where it does not tell.
const simulated = 16

// expected sets dst to the expected information that a noise has of each clean measurement.
func expected(n Noise, dst, clean []float64) {
	if in, ok := n.(Informed); ok {
		in.Information(dst, clean)
		return
	}
	at, y := append([]float64(nil), clean...), make([]float64, len(clean))
	clear(dst)
	st := rng.New(0).Split("inverse.mala.information", 0).Stream()
	for range simulated {
		n.Sample(y, at, st)
		n.Residual(y, y, at)
		for i, v := range y {
			dst[i] += v * v / simulated
		}
	}
}
