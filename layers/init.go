package layers

import (
	"math"

	"tweedie/autodiff"
	"tweedie/rng"
)

// Init is the distribution of a weight's initial values. The zero Init is FanIn(1/3).
type Init struct {
	Dist  string  `json:"dist,omitempty"`  // "fan_in", "fan_avg", "normal" or "constant"
	Scale float64 `json:"scale,omitempty"` // variance times fan, standard deviation, or the constant
}

// FanIn returns the uniform distribution with variance scale/fan_in. Scale 1/3 gives +-1/sqrt(fan_in); 2 is for ReLU
// (He et al. 2015).
func FanIn(scale float64) Init { return Init{"fan_in", scale} }

// FanAvg returns the uniform distribution with variance 2 scale/(fan_in + fan_out). Scale 1 is Glorot and Bengio's
// (2010).
func FanAvg(scale float64) Init { return Init{"fan_avg", scale} }

// Normal returns the normal distribution with mean 0 and standard deviation std.
func Normal(std float64) Init { return Init{"normal", std} }

// Constant returns the Init that sets every value to v.
func Constant(v float64) Init { return Init{"constant", v} }

// Zero returns the Init that sets every value to 0, for a last layer that starts as the zero function.
func Zero() Init { return Constant(0) }

// fill draws w of shape [out, in, kernel...]; fan_in and fan_out count the kernel's elements.
func (i Init) fill(w []float32, shape autodiff.Shape, key rng.Key) {
	fanIn, fanOut := fans(shape)
	std := 0.0
	switch i.Dist {
	case "":
		std = math.Sqrt(1. / 3 / fanIn)
	case "fan_in":
		std = math.Sqrt(i.Scale / fanIn)
	case "fan_avg":
		std = math.Sqrt(2 * i.Scale / (fanIn + fanOut))
	case "normal":
		s := key.Stream()
		for j := range w {
			w[j] = float32(i.Scale * s.Norm())
		}
		return
	case "constant":
		for j := range w {
			w[j] = float32(i.Scale)
		}
		return
	default:
		panic(&autodiff.ValueError{Op: "init", Msg: "unknown distribution " + i.Dist + "; want fan_in, fan_avg, normal or constant"})
	}
	s := key.Stream()
	half := math.Sqrt(3) * std
	for j := range w {
		w[j] = float32(half * (2*s.Float64() - 1))
	}
}

func (i Init) validate(p Path, kind string) error {
	if !finite(i.Scale) {
		return p.Errorf(kind, "init: scale %g: want a finite number", i.Scale)
	}
	switch i.Dist {
	case "", "fan_in", "fan_avg", "normal", "constant":
		return nil
	}
	return p.Errorf(kind, "init: unknown distribution %q; want fan_in, fan_avg, normal or constant", i.Dist)
}

func fans(shape autodiff.Shape) (in, out float64) {
	if shape.Rank() < 2 {
		return float64(max(1, shape.Size())), float64(max(1, shape.Size()))
	}
	kernel := max(1, shape.Tail(2).Size())
	return float64(max(1, shape.Dim(1)) * kernel), float64(max(1, shape.Dim(0)) * kernel)
}
