package noises

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Poisson is the noise of counts, y = gain k with
//
//	k ~ Poisson(lambda),  lambda = (link(clean) + background)/gain
//	Loss = sum_i lambda_i - k_i + k_i log(k_i/lambda_i)
//	NegLogLik = Loss + sum_i log k_i! - k_i log k_i + k_i
//
// so that y, clean and background have one unit, gain is what one count adds to a datum, and y has mean link(clean) +
// background and variance gain times that. The link is the identity, whose clean measurements are -background at least,
// or exponential, link(c) = exp(c), where they are any.
type Poisson struct {
	// Gain is the datum of one count; 1 for data that are counts.
	Gain float64 `json:"gain"`
	// Background is added to every entry of link(clean).
	Background float64 `json:"background,omitempty"`
	// Backgrounds, when given in place of Background, has one for each entry.
	Backgrounds []float64 `json:"backgrounds,omitempty"`
	// Link is "identity" or "exponential".
	Link string `json:"link"`
}

// Kind returns "poisson".
func (Poisson) Kind() string { return "poisson" }

func (n Poisson) counts() counts { return counts{n.Gain, n.Background, n.Backgrounds, n.Link} }

// Validate names the field that is wrong.
func (n Poisson) Validate(m int) error {
	c := config.Check(n.Kind())
	n.counts().check(c, m)
	return c.Err()
}

// count returns the number of counts of a datum, and whether there is one: data may miss a multiple of the gain by a part
// in a million, as numbers of four bytes do.
func (n Poisson) count(y float64) (k float64, ok bool) {
	k = max(0, math.Round(y/n.Gain))
	return k, math.Abs(y/n.Gain-k) <= 1e-6*(1+k)
}

// CheckData refuses data that are no multiple of the gain.
func (n Poisson) CheckData(y []float64) error {
	return checkEntries(n.Kind(), y, func(v float64) bool { _, ok := n.count(v); return ok },
		"be a count, 0, 1, 2, ..., times the gain %g; poisson-gaussian takes other numbers", n.Gain)
}

// Lattice returns 0 and the gain.
func (n Poisson) Lattice() (origin, step float64) { return 0, n.Gain }

// Support returns minus the least background and +Inf, or no bounds for the exponential link.
func (n Poisson) Support() (lo, hi float64) { return n.counts().support() }

// Sample sets dst to counts drawn from st times the gain.
func (n Poisson) Sample(dst, clean []float64, st *rng.Stream) {
	k := n.counts()
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 { return n.Gain * drawCount(k.at(i, c).lambda, st) })
}

// Loss returns half the deviance, which is +Inf where clean is outside of Support.
func (n Poisson) Loss(y, clean []float64) float64 {
	law := n.counts()
	if law.outside(clean) {
		return math.Inf(1)
	}
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		k, _ := n.count(y)
		return law.at(i, c).deviance(k)
	})
}

// NegLogLik returns Loss and the constants, +Inf for data that are no counts.
func (n Poisson) NegLogLik(y, clean []float64) float64 {
	return n.Loss(y, clean) + sum(n.Kind(), y, clean, func(_ int, y, _ float64) float64 {
		k, ok := n.count(y)
		if !ok {
			return math.Inf(1)
		}
		return logCount(k)
	})
}

// Residual sets dst = dlambda/dclean (1 - k/lambda). Below the support, lambda counts as 1e-6.
func (n Poisson) Residual(dst, y, clean []float64) {
	law := n.counts()
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		k, _ := n.count(y)
		m := law.at(i, c)
		return m.dLambda - k*m.dLog
	})
}

// ChiSquared returns Pearson's sum_i (k_i - lambda_i)^2/lambda_i.
func (n Poisson) ChiSquared(y, clean []float64) float64 {
	law := n.counts()
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		k, _ := n.count(y)
		lambda := law.at(i, c).lambda
		if k == lambda {
			return 0
		}
		return square(k-lambda) / max(lambda, 0)
	})
}

// Standardised sets dst to the normal quantiles of y, whose tails count y itself.
func (n Poisson) Standardised(dst, y, clean []float64) {
	law := n.counts()
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		k, _ := n.count(y)
		lambda := max(law.at(i, c).lambda, 0)
		lower, upper := mathext.GammaIncRegComp(k+1, lambda), 1.
		if k > 0 {
			upper = mathext.GammaIncReg(k, lambda)
		}
		return normal(lower, upper)
	})
}

// Information sets dst_i = (dlambda/dclean)^2/lambda, with one count in a hundred data at least.
func (n Poisson) Information(dst, clean []float64) {
	law := n.counts()
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		m := law.at(i, c)
		return m.dLambda * (m.dLambda / max(m.lambda, .01))
	})
}

// Restrict returns the noise of the entries with the indices keep.
func (n Poisson) Restrict(keep []int) inverse.Noise {
	n.Backgrounds = pick(n.Backgrounds, keep)
	return n
}

func init() { inverse.RegisterNoise(Poisson{Gain: 1, Link: identityLink}) }
