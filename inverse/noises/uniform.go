package noises

import (
	"math"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Uniform is the noise y = clean + w u with u uniform in [-1,1], as of data of which bounds alone are known:
//
//	Loss = 0 where every |y_i - clean_i| <= w_i and +Inf elsewhere,  NegLogLik = Loss + sum_i log(2 w_i)
//
// Loss has no gradient that would lead to images that fit. In its place, Residual leads back into the bounds:
// samplers that accept or refuse by Loss are exact with it, and methods that follow gradients alone keep to the bounds
// softly.
type Uniform struct {
	// HalfWidth is w of every entry, in the units of the data.
	HalfWidth float64 `json:"half_width,omitempty"`
	// HalfWidths, when given in place of HalfWidth, has one for each entry.
	HalfWidths []float64 `json:"half_widths,omitempty"`
}

// Kind returns "uniform".
func (Uniform) Kind() string { return "uniform" }

// Validate names the field that is wrong.
func (n Uniform) Validate(m int) error {
	c := config.Check(n.Kind())
	numbers(c, "half_width", n.HalfWidth, 0, "half_widths", n.HalfWidths, m, least, most)
	return c.Err()
}

func (n Uniform) unit(i int, y, c float64) float64 {
	return (y - c) / own(n.HalfWidth, n.HalfWidths, i)
}

// Sample sets dst = clean + w u, with u drawn from st.
func (n Uniform) Sample(dst, clean []float64, st *rng.Stream) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		return c + own(n.HalfWidth, n.HalfWidths, i)*(2*st.Float64()-1)
	})
}

// Loss returns 0 within the bounds and +Inf beyond.
func (n Uniform) Loss(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		if math.Abs(n.unit(i, y, c)) > 1 {
			return math.Inf(1)
		}
		return 0
	})
}

// NegLogLik returns Loss + sum_i log(2 w_i).
func (n Uniform) NegLogLik(y, clean []float64) float64 {
	return n.Loss(y, clean) + sum(n.Kind(), y, clean, func(i int, _, _ float64) float64 {
		return math.Log(2 * own(n.HalfWidth, n.HalfWidths, i))
	})
}

// Residual sets dst = 0 within the bounds and 3 (clean - bound)/w^2 beyond, which is the gradient of a Gaussian loss
// with the noise's variance, counted from the bound.
func (n Uniform) Residual(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		r := n.unit(i, c, y)
		beyond := r - min(max(r, -1), 1)
		return 3 * beyond / own(n.HalfWidth, n.HalfWidths, i)
	})
}

// ChiSquared returns sum_i 3 (y_i - clean_i)^2/w_i^2.
func (n Uniform) ChiSquared(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 { return 3 * square(n.unit(i, y, c)) })
}

// Standardised sets dst to the normal quantiles of y.
func (n Uniform) Standardised(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		r := n.unit(i, y, c)
		return normal(max(0, (1+r)/2), max(0, (1-r)/2))
	})
}

// Information sets dst_i = 3/w_i^2, one over the variance; the law has no information in the sense of derivatives.
func (n Uniform) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(i int, _ float64) float64 { return 3 / square(own(n.HalfWidth, n.HalfWidths, i)) })
}

// Restrict returns the noise of the entries with the indices keep.
func (n Uniform) Restrict(keep []int) inverse.Noise {
	return Uniform{HalfWidth: n.HalfWidth, HalfWidths: pick(n.HalfWidths, keep)}
}

func init() { inverse.RegisterNoise(Uniform{}) }
