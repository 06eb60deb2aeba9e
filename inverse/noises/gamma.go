package noises

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Gamma is the noise of intensities of coherent light or radar, y = clean g, where g is the mean of L independent
// exponential numbers, its looks:
//
//	Loss = sum_i L (y_i/clean_i - 1 - log(y_i/clean_i))
//	NegLogLik = Loss + sum_i log y_i + log Gamma(L) - L log L + L
//
// Data and clean measurements are positive. L need not be whole; y has mean clean and deviates by 1/sqrt(L) of itself.
type Gamma struct {
	// Looks is L.
	Looks float64 `json:"looks"`
}

// Kind returns "gamma".
func (Gamma) Kind() string { return "gamma" }

// Validate names the field that is wrong.
func (n Gamma) Validate(int) error {
	c := config.Check(n.Kind())
	c.Float("looks", n.Looks, .5, 1e6)
	return c.Err()
}

// CheckData refuses data that are not positive.
func (n Gamma) CheckData(y []float64) error { return checkPositive(n.Kind(), y) }

// Support returns 0, which Loss refuses, and +Inf.
func (Gamma) Support() (lo, hi float64) { return speckleSupport() }

// Sample sets dst = clean g, with g drawn from st.
func (n Gamma) Sample(dst, clean []float64, st *rng.Stream) {
	g := distuv.Gamma{Alpha: n.Looks, Beta: n.Looks, Src: st}
	fillClean(n.Kind(), dst, clean, func(_ int, c float64) float64 { return c * g.Rand() })
}

// Loss returns sum_i L (y_i/clean_i - 1 - log(y_i/clean_i)), +Inf where clean is not positive.
func (n Gamma) Loss(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(_ int, y, c float64) float64 {
		if !(c > 0) {
			return math.Inf(1)
		}
		d := (y - c) / c
		return n.Looks * (d - math.Log1p(d))
	})
}

// NegLogLik returns Loss and the constants, +Inf for data that are not positive.
func (n Gamma) NegLogLik(y, clean []float64) float64 {
	for _, v := range y {
		if !(v > 0) {
			return math.Inf(1)
		}
	}
	constant := logCount(n.Looks) - math.Log(n.Looks) // log Gamma(L+1) = log L + log Gamma(L)
	return n.Loss(y, clean) + sum(n.Kind(), y, clean, func(_ int, y, _ float64) float64 { return math.Log(y) + constant })
}

// Residual sets dst = L (clean - y)/clean^2.
func (n Gamma) Residual(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(_ int, y, c float64) float64 {
		c = inside(y, c)
		return n.Looks * ((c - y) / c) / c
	})
}

// ChiSquared returns sum_i L (y_i/clean_i - 1)^2, +Inf where clean is not positive.
func (n Gamma) ChiSquared(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(_ int, y, c float64) float64 {
		if !(c > 0) {
			return math.Inf(1)
		}
		return n.Looks * square((y-c)/c)
	})
}

// Standardised sets dst to the normal quantiles of y.
func (n Gamma) Standardised(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(_ int, y, c float64) float64 {
		x := n.Looks * max(0, y) / inside(y, c)
		return normal(mathext.GammaIncReg(n.Looks, x), mathext.GammaIncRegComp(n.Looks, x))
	})
}

// Information sets dst_i = L/clean_i^2.
func (n Gamma) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(_ int, c float64) float64 { return n.Looks / square(max(c, leastClean)) })
}

func init() { inverse.RegisterNoise(Gamma{}) }
