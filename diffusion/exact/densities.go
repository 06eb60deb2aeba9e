package exact

import (
	"math"

	"tweedie/internal/config"
)

// Laplace returns the density e^-|x|/2, of variance 2.
func Laplace() Marginal { return newPieces(twoSided(0)) }

// twoSided returns the pieces of a Laplace density of the given logarithm of its mass.
func twoSided(logMass float64) []piece {
	h := logMass - math.Ln2
	return []piece{{math.Inf(-1), 0, h, 1}, {0, math.Inf(1), h, -1}}
}

// BernoulliLaplace returns the law that is 0 with probability 1 - p and else Laplace, 0 < p <= 1: a spike and a slab. At
// noise level 0 its log-density is that of the slab, +Inf at 0.
func BernoulliLaplace(p float64) (Marginal, error) {
	c := config.Check("bernoulli-laplace")
	c.Float("p", p, config.Tiny, 1)
	if err := c.Err(); err != nil {
		return nil, err
	}
	list := twoSided(math.Log(p))
	if p < 1 {
		list = append(list, piece{0, 0, math.Log1p(-p), 0})
	}
	return newPieces(list), nil
}

// Uniform returns the uniform density on [0, 1].
func Uniform() Marginal { return newPieces([]piece{{0, 1, 0, 0}}) }

// MaxTable bounds the points of a tabulated density.
const MaxTable = 1 << 16

// NewTabulated returns the density proportional to e^l on [x_0, x_N], with l linear between its values logDensity at the
// ascending points x, and 0 elsewhere.
func NewTabulated(x, logDensity []float64) (Marginal, error) {
	if n := len(x); n < 2 || n > MaxTable {
		return nil, config.Errorf("tabulated", "x", "holds %d points; it must hold 2 to %d", n, MaxTable)
	}
	if len(logDensity) != len(x) {
		return nil, config.Errorf("tabulated", "log_density", "holds %d values for the %d points of x", len(logDensity), len(x))
	}
	c := config.Check("tabulated")
	c.Floats("x", x, -config.Huge, config.Huge)
	c.Floats("log_density", logDensity, -config.Huge, config.Huge)
	if err := c.Err(); err != nil {
		return nil, err
	}
	var list []piece
	for i := range x[1:] {
		w := x[i+1] - x[i]
		if !(w > 0) {
			return nil, config.Errorf("tabulated", "x", "holds %g before %g, at place %d; its points must ascend", x[i], x[i+1], i)
		}
		slope := (logDensity[i+1] - logDensity[i]) / w
		if !(math.Abs(slope) <= config.Huge) {
			return nil, config.Errorf("tabulated", "log_density", "changes by %g within %g at place %d; that is too steep", logDensity[i+1]-logDensity[i], w, i)
		}
		list = append(list, piece{x[i], x[i+1], logDensity[i], slope})
	}
	return newPieces(list), nil
}
