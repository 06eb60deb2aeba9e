package noises

import (
	"math"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// VonMises is the noise of phases in radians: y is in [-pi,pi], and clean any angle that means the same as every other a
// multiple of 2 pi away. With the concentration k and the modified Bessel function I_0,
//
//	Loss = sum_i k_i (1 - cos(y_i - clean_i))
//	NegLogLik = Loss + sum_i log(2 pi exp(-k_i) I_0(k_i))
//
// Large k make it a Gaussian of deviation 1/sqrt(k).
type VonMises struct {
	// Concentration is k of every entry, between 1e-6 and 1e12.
	Concentration float64 `json:"concentration,omitempty"`
	// Concentrations, when given in place of Concentration, has one for each entry.
	Concentrations []float64 `json:"concentrations,omitempty"`
}

// Kind returns "von-mises".
func (VonMises) Kind() string { return "von-mises" }

// Validate names the field that is wrong.
func (n VonMises) Validate(m int) error {
	c := config.Check(n.Kind())
	numbers(c, "concentration", n.Concentration, 0, "concentrations", n.Concentrations, m, 1e-6, 1e12)
	return c.Err()
}

func (n VonMises) k(i int) float64 { return own(n.Concentration, n.Concentrations, i) }

// phase reports whether y lies in [-pi,pi], as a number of four bytes.
func phase(y float64) bool { return math.Abs(y) <= math.Pi*(1+3e-8) }

// CheckData refuses data outside of [-pi,pi].
func (n VonMises) CheckData(y []float64) error {
	return checkEntries(n.Kind(), y, phase, "be a phase in radians, between -pi and pi")
}

// Sample sets dst to phases in [-pi,pi] drawn from st.
func (n VonMises) Sample(dst, clean []float64, st *rng.Stream) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		return wrap(c + drawAngle(n.k(i), st))
	})
}

// wrap returns the same angle in [-pi,pi].
func wrap(v float64) float64 { return math.Remainder(v, 2*math.Pi) }

// drawAngle draws an angle around 0 by rejection: up to k = 1000 from a wrapped Cauchy law (Best and Fisher 1979), and
// beyond from a normal law of s = sin(angle/2), whose density is exp(-2 k s^2)/sqrt(1 - s^2), without the part of
// probability exp(-1000) where s^2 is above 1/2.
func drawAngle(k float64, st *rng.Stream) float64 {
	if k > 1000 {
		for {
			s := st.Norm() / (2 * math.Sqrt(k))
			if s*s < .5 && st.Float64()*math.Sqrt(2*(1-s*s)) < 1 {
				return 2 * math.Asin(s)
			}
		}
	}
	tau := 1 + math.Sqrt(1+4*k*k)
	rho := 2 * k / (tau + math.Sqrt(2*tau)) // (tau - sqrt(2 tau))/2k, without cancellation
	r := (1 + rho*rho) / (2 * rho)
	for {
		z := math.Cos(math.Pi * st.Float64())
		f := (1 + r*z) / (r + z)
		c := k * (r - f)
		if u := st.Float64(); c*(2-c) > u || math.Log(c/u)+1 >= c {
			return math.Copysign(math.Acos(min(max(f, -1), 1)), st.Float64()-.5)
		}
	}
}

// Loss returns sum_i k_i (1 - cos(y_i - clean_i)).
func (n VonMises) Loss(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 { return 2 * n.k(i) * square(math.Sin((y-c)/2)) })
}

// NegLogLik returns Loss and the constants, +Inf for data outside of [-pi,pi].
func (n VonMises) NegLogLik(y, clean []float64) float64 {
	return n.Loss(y, clean) + sum(n.Kind(), y, clean, func(i int, y, _ float64) float64 {
		if !phase(y) {
			return math.Inf(1)
		}
		i0, _ := bessel(n.k(i))
		return math.Log(2 * math.Pi * i0)
	})
}

// Residual sets dst = k sin(clean - y).
func (n VonMises) Residual(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 { return n.k(i) * math.Sin(c-y) })
}

// ChiSquared returns sum_i (1 - cos(y_i - clean_i))/(1 - I_1/I_0), with the ratio at k_i.
func (n VonMises) ChiSquared(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		return 2 * square(math.Sin((y-c)/2)) / spread(n.k(i))
	})
}

// spread returns 1 - I_1(k)/I_0(k), beyond 1e4 by its asymptotic series.
func spread(k float64) float64 {
	if k > 1e4 {
		return (1 + (1+1/k)/(4*k)) / (2 * k)
	}
	i0, i1 := bessel(k)
	return (i0 - i1) / i0
}

// Standardised sets dst to the normal quantiles of the angle between clean and y, by quadrature of the density outward.
func (n VonMises) Standardised(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		d, k := wrap(y-c), n.k(i)
		from := math.Abs(d)
		to := min(math.Pi, from+12*max(1/math.Sqrt(k), .1))
		tail := integral(func(t float64) float64 { return math.Exp(-2 * k * square(math.Sin(t/2))) }, from, to, 36)
		i0, _ := bessel(k)
		tail = min(tail/(2*math.Pi*i0), .5)
		if d < 0 {
			return normal(tail, 1-tail)
		}
		return normal(1-tail, tail)
	})
}

// Information sets dst_i = k_i I_1/I_0, with the ratio at k_i.
func (n VonMises) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(i int, _ float64) float64 { return n.k(i) * besselRatio(n.k(i)) })
}

// Restrict returns the noise of the entries with the indices keep.
func (n VonMises) Restrict(keep []int) inverse.Noise {
	return VonMises{Concentration: n.Concentration, Concentrations: pick(n.Concentrations, keep)}
}

func init() { inverse.RegisterNoise(VonMises{}) }
