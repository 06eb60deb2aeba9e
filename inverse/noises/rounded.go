package noises

import (
	"math"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Rounded is Gaussian noise before rounding: y is clean + sigma n, rounded to the nearest multiple of the step, as by an
// analog-to-digital converter. Data are lattice points, and NegLogLik is minus the logarithm of their probability,
//
//	Loss = NegLogLik = -sum_i log(Phi(b_i) - Phi(a_i)),  a_i, b_i = (y_i -+ step/2 - clean_i)/sigma_i
//
// It matters where sigma is not much larger than the step.
type Rounded struct {
	// Step is the distance of neighbouring data, in their units.
	Step float64 `json:"step"`
	// Sigma is the deviation before rounding.
	Sigma float64 `json:"sigma,omitempty"`
	// Sigmas, when given in place of Sigma, has one for each entry.
	Sigmas []float64 `json:"sigmas,omitempty"`
}

// Kind returns "rounded".
func (Rounded) Kind() string { return "rounded" }

// Validate names the field that is wrong.
func (n Rounded) Validate(m int) error {
	c := config.Check(n.Kind())
	c.Float("step", n.Step, least, most)
	numbers(c, "sigma", n.Sigma, 0, "sigmas", n.Sigmas, m, least, most)
	return c.Err()
}

// whole reports whether y is a multiple of the step, up to a part in a million.
func (n Rounded) whole(y float64) bool {
	k := y / n.Step
	return math.Abs(k-math.Round(k)) <= 1e-6*(1+math.Abs(k))
}

// CheckData refuses data that are no multiple of the step.
func (n Rounded) CheckData(y []float64) error {
	return checkEntries(n.Kind(), y, n.whole, "be a multiple of the step %g", n.Step)
}

// Lattice returns 0 and the step.
func (n Rounded) Lattice() (origin, step float64) { return 0, n.Step }

// Sample sets dst to clean + sigma n, rounded, with n drawn from st.
func (n Rounded) Sample(dst, clean []float64, st *rng.Stream) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		return n.Step * math.Round((c+own(n.Sigma, n.Sigmas, i)*st.Norm())/n.Step)
	})
}

// cell returns log(Phi(b) - Phi(a)) of a datum, and the mean of z and of z^2 of a standard normal z between a and b.
func (n Rounded) cell(i int, y, c float64) (log, first, second float64) {
	s := own(n.Sigma, n.Sigmas, i)
	return normalCell((y-c)/s, n.Step/s)
}

// normalCell does what cell does for the interval of the given width around mid.
func normalCell(mid, width float64) (log, first, second float64) {
	if mid < 0 {
		log, first, second = normalCell(-mid, width)
		return log, -first, second
	}
	a, b := mid-width/2, mid+width/2
	switch fall := math.Exp(-mid * width); {
	case width <= 1 && mid*width <= 4:
		// Quadrature of exp(-mid t - t^2/2) over the interval, where differences of tails would lose digits.
		var p, m1, m2 float64
		for k, x := range gaussNodes {
			t := x * width / 2
			w := gaussWeights[k] * math.Exp(-mid*t-t*t/2)
			p, m1, m2 = p+w, m1+w*(mid+t), m2+w*square(mid+t)
		}
		return -mid*mid/2 - logRoot2Pi + math.Log(p*width/2), m1 / p, m2 / p
	case a >= 0:
		p := mills(a) - fall*mills(b) // over phi(a)
		second = 1 + (a-safe(b, fall))/p
		return -a*a/2 - logRoot2Pi + math.Log(p), (1 - fall) / p, second
	default:
		p := 1 - upperPhi(b) - upperPhi(-a)
		pa, pb := math.Exp(-a*a/2-logRoot2Pi), math.Exp(-b*b/2-logRoot2Pi)
		return math.Log1p(-upperPhi(b) - upperPhi(-a)), (pa - pb) / p, 1 + (a*pa-safe(b, pb))/p
	}
}

// safe returns the product, 0 where the second is.
func safe(v, small float64) float64 {
	if small == 0 {
		return 0
	}
	return v * small
}

// Loss returns NegLogLik, of data that are no multiples of the step as if they were.
func (n Rounded) Loss(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		log, _, _ := n.cell(i, y, c)
		return -log
	})
}

// NegLogLik returns minus the logarithm of the probability of y, +Inf where it is no multiple of the step.
func (n Rounded) NegLogLik(y, clean []float64) float64 {
	for _, v := range y {
		if !n.whole(v) {
			return math.Inf(1)
		}
	}
	return n.Loss(y, clean)
}

// Residual sets dst = -E[z]/sigma of a normal z between a and b.
func (n Rounded) Residual(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		_, first, _ := n.cell(i, y, c)
		return -first / own(n.Sigma, n.Sigmas, i)
	})
}

// ChiSquared returns sum_i E[z^2] of normal z between a_i and b_i: the squared residual before rounding, as far as it is
// known.
func (n Rounded) ChiSquared(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		_, _, second := n.cell(i, y, c)
		return second
	})
}

// Standardised sets dst to the normal quantiles of y, whose tails count y itself.
func (n Rounded) Standardised(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		s := own(n.Sigma, n.Sigmas, i)
		return normal(upperPhi(-(y+n.Step/2-c)/s), upperPhi((y-n.Step/2-c)/s))
	})
}

// Information sets dst_i = 1/(sigma_i^2 + step^2/12), that of a Gaussian with about the variance of y.
func (n Rounded) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(i int, _ float64) float64 {
		return 1 / (square(own(n.Sigma, n.Sigmas, i)) + n.Step*n.Step/12)
	})
}

// Restrict returns the noise of the entries with the indices keep.
func (n Rounded) Restrict(keep []int) inverse.Noise {
	return Rounded{Step: n.Step, Sigma: n.Sigma, Sigmas: pick(n.Sigmas, keep)}
}

func init() { inverse.RegisterNoise(Rounded{}) }
