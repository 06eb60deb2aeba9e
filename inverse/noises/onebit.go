package noises

import (
	"math"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Links between a clean measurement and the probability of its sign.
const (
	probitLink   = "probit"
	logisticLink = "logistic"
)

// OneBit is the noise of data of which a sign is kept: y is 1 where clean + scale d is at least the threshold, and -1
// elsewhere. The dither d is standard normal, link "probit", or logistic, link "logistic". With its distribution
// function F, NegLogLik is minus the logarithm of the data's probability,
//
//	Loss = NegLogLik = -sum_i log F(y_i (clean_i - threshold_i)/scale)
type OneBit struct {
	// Scale is that of the dither, in the units of clean.
	Scale float64 `json:"scale"`
	// Threshold is what clean measurements are compared with.
	Threshold float64 `json:"threshold,omitempty"`
	// Thresholds, when given in place of Threshold, has one for each entry.
	Thresholds []float64 `json:"thresholds,omitempty"`
	// Link is "probit" or "logistic".
	Link string `json:"link"`
}

// Kind returns "one-bit".
func (OneBit) Kind() string { return "one-bit" }

// Validate names the field that is wrong.
func (n OneBit) Validate(m int) error {
	c := config.Check(n.Kind())
	c.Float("scale", n.Scale, least, most)
	numbers(c, "threshold", n.Threshold, 0, "thresholds", n.Thresholds, m, -most, most)
	c.Name("link", n.Link, probitLink, logisticLink)
	return c.Err()
}

// CheckData refuses data other than -1 and 1.
func (n OneBit) CheckData(y []float64) error { return checkEntries(n.Kind(), y, sign, "be -1 or 1") }

func sign(v float64) bool { return v == 1 || v == -1 }

// Lattice returns -1 and 2.
func (OneBit) Lattice() (origin, step float64) { return -1, 2 }

func (n OneBit) unit(i int, c float64) float64 {
	return (c - own(n.Threshold, n.Thresholds, i)) / n.Scale
}

// log returns log F(z) and its derivative.
func (n OneBit) log(z float64) (log, slope float64) {
	if n.Link == probitLink {
		return logPhi(z), phiRatio(z)
	}
	if z >= 0 {
		e := math.Exp(-z)
		return -math.Log1p(e), e / (1 + e)
	}
	e := math.Exp(z)
	return z - math.Log1p(e), 1 / (1 + e)
}

// Sample sets dst to the signs of clean + scale d - threshold, with d drawn from st.
func (n OneBit) Sample(dst, clean []float64, st *rng.Stream) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		d := 0.
		if n.Link == probitLink {
			d = st.Norm()
		} else {
			u := st.Float64()
			d = math.Log(u) - math.Log1p(-u)
		}
		if n.unit(i, c)+d >= 0 {
			return 1
		}
		return -1
	})
}

// Loss returns minus the logarithm of the probability of the signs of y.
func (n OneBit) Loss(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		log, _ := n.log(math.Copysign(1, y) * n.unit(i, c))
		return -log
	})
}

// NegLogLik returns minus the logarithm of the probability of y, +Inf for data other than -1 and 1.
func (n OneBit) NegLogLik(y, clean []float64) float64 {
	for _, v := range y {
		if !sign(v) {
			return math.Inf(1)
		}
	}
	return n.Loss(y, clean)
}

// Residual sets dst = -y (log F)'/scale.
func (n OneBit) Residual(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		y = math.Copysign(1, y)
		_, slope := n.log(y * n.unit(i, c))
		return -y * slope / n.Scale
	})
}

// ChiSquared returns Pearson's sum over data: the odds against each, (1 - p_i)/p_i.
func (n OneBit) ChiSquared(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		z := math.Copysign(1, y) * n.unit(i, c)
		pro, _ := n.log(z)
		against, _ := n.log(-z)
		return math.Exp(against - pro)
	})
}

// Standardised sets dst to the normal quantiles of y, whose tails count y itself: 0 for the likelier sign.
func (n OneBit) Standardised(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		y = math.Copysign(1, y)
		log, _ := n.log(y * n.unit(i, c))
		return y * normal(1, math.Exp(log))
	})
}

// Information sets dst_i = F'^2/(F (1 - F))/scale^2.
func (n OneBit) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		z := n.unit(i, c)
		_, up := n.log(z)
		_, down := n.log(-z)
		return up * down / (n.Scale * n.Scale)
	})
}

// Restrict returns the noise of the entries with the indices keep.
func (n OneBit) Restrict(keep []int) inverse.Noise {
	n.Thresholds = pick(n.Thresholds, keep)
	return n
}

func init() { inverse.RegisterNoise(OneBit{Link: probitLink}) }
