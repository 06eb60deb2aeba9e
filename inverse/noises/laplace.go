package noises

import (
	"math"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Laplace is the noise y = clean + b l with the density exp(-|l|)/2, whose deviation is sqrt(2) b:
//
//	Loss = sum_i |y_i - clean_i|/b_i,  NegLogLik = Loss + sum_i log(2 b_i)
//
// Its gradient jumps where y = clean; it is 0 there.
type Laplace struct {
	// Scale is b of every entry, in the units of the data.
	Scale float64 `json:"scale,omitempty"`
	// Scales, when given in place of Scale, has one for each entry.
	Scales []float64 `json:"scales,omitempty"`
}

// Kind returns "laplace".
func (Laplace) Kind() string { return "laplace" }

// Validate names the field that is wrong.
func (n Laplace) Validate(m int) error {
	c := config.Check(n.Kind())
	numbers(c, "scale", n.Scale, 0, "scales", n.Scales, m, least, most)
	return c.Err()
}

func (n Laplace) unit(i int, y, c float64) float64 { return (y - c) / own(n.Scale, n.Scales, i) }

// Sample sets dst = clean + b l, with l drawn from st.
func (n Laplace) Sample(dst, clean []float64, st *rng.Stream) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		u := st.Float64() - .5
		return c - own(n.Scale, n.Scales, i)*math.Copysign(math.Log1p(-2*math.Abs(u)), u)
	})
}

// Loss returns sum_i |y_i - clean_i|/b_i.
func (n Laplace) Loss(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 { return math.Abs(n.unit(i, y, c)) })
}

// NegLogLik returns Loss + sum_i log(2 b_i).
func (n Laplace) NegLogLik(y, clean []float64) float64 {
	return n.Loss(y, clean) + sum(n.Kind(), y, clean, func(i int, _, _ float64) float64 { return math.Log(2 * own(n.Scale, n.Scales, i)) })
}

// Residual sets dst = sign(clean - y)/b.
func (n Laplace) Residual(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		if y == c {
			return 0
		}
		return math.Copysign(1/own(n.Scale, n.Scales, i), c-y)
	})
}

// ChiSquared returns sum_i (y_i - clean_i)^2/(2 b_i^2).
func (n Laplace) ChiSquared(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 { return square(n.unit(i, y, c)) / 2 })
}

// Standardised sets dst to the normal quantiles of y.
func (n Laplace) Standardised(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		r := n.unit(i, y, c)
		tail := math.Exp(-math.Abs(r)) / 2
		if r < 0 {
			return normal(tail, 1-tail)
		}
		return normal(1-tail, tail)
	})
}

// Information sets dst_i = 1/b_i^2.
func (n Laplace) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(i int, _ float64) float64 { return 1 / square(own(n.Scale, n.Scales, i)) })
}

// Restrict returns the noise of the entries with the indices keep.
func (n Laplace) Restrict(keep []int) inverse.Noise {
	return Laplace{Scale: n.Scale, Scales: pick(n.Scales, keep)}
}

func init() { inverse.RegisterNoise(Laplace{}) }
