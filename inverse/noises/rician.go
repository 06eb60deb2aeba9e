package noises

import (
	"math"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Rician is the noise of magnitudes: y = |clean + sigma (n1 + i n2)| with independent standard normal n1 and n2, as of
// images from complex MRI data. With the modified Bessel function I_0,
//
//	Loss = sum_i clean_i^2/(2 sigma_i^2) - log I_0(y_i clean_i/sigma_i^2)
//	NegLogLik = Loss + sum_i y_i^2/(2 sigma_i^2) - log(y_i/sigma_i^2)
//
// which are the same for -clean. At clean = 0 this is Rayleigh's law. The density is 0 at y = 0, where NegLogLik is +Inf.
type Rician struct {
	// Sigma is the deviation of the real and of the imaginary part, in the units of the data.
	Sigma float64 `json:"sigma,omitempty"`
	// Sigmas, when given in place of Sigma, has one for each entry.
	Sigmas []float64 `json:"sigmas,omitempty"`
}

// Kind returns "rician".
func (Rician) Kind() string { return "rician" }

// Validate names the field that is wrong.
func (n Rician) Validate(m int) error {
	c := config.Check(n.Kind())
	numbers(c, "sigma", n.Sigma, 0, "sigmas", n.Sigmas, m, least, most)
	return c.Err()
}

// CheckData refuses negative magnitudes.
func (n Rician) CheckData(y []float64) error {
	return checkEntries(n.Kind(), y, func(v float64) bool { return v >= 0 }, "be a magnitude, at least 0")
}

// units returns y and clean over sigma.
func (n Rician) units(i int, y, c float64) (a, nu float64) {
	s := own(n.Sigma, n.Sigmas, i)
	return y / s, c / s
}

// Sample sets dst = |clean + sigma (n1 + i n2)|, with n1 and n2 drawn from st.
func (n Rician) Sample(dst, clean []float64, st *rng.Stream) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		s := own(n.Sigma, n.Sigmas, i)
		return math.Hypot(c+s*st.Norm(), s*st.Norm())
	})
}

// Loss returns sum_i clean_i^2/(2 sigma_i^2) - log I_0(y_i clean_i/sigma_i^2).
func (n Rician) Loss(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		a, nu := n.units(i, y, c)
		return nu*nu/2 - logBessel(a*nu)
	})
}

// NegLogLik returns Loss and the constants, +Inf for data that are no magnitudes.
func (n Rician) NegLogLik(y, clean []float64) float64 {
	return n.Loss(y, clean) + sum(n.Kind(), y, clean, func(i int, y, _ float64) float64 {
		if !(y > 0) {
			return math.Inf(1)
		}
		s := own(n.Sigma, n.Sigmas, i)
		return square(y/s)/2 - math.Log(y/s) + math.Log(s)
	})
}

// Residual sets dst = (clean - y I_1/I_0)/sigma^2 with the ratio at y clean/sigma^2.
func (n Rician) Residual(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		a, nu := n.units(i, y, c)
		return (nu - a*besselRatio(a*nu)) / own(n.Sigma, n.Sigmas, i)
	})
}

// ChiSquared standardises squares: sum_i (y_i^2 - mean)^2/variance, with the mean clean_i^2 + 2 sigma_i^2 and the variance
// 4 sigma_i^2 (clean_i^2 + sigma_i^2).
func (n Rician) ChiSquared(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		a, nu := n.units(i, y, c)
		return square((a-nu)*(a+nu)-2) / (4 * (nu*nu + 1))
	})
}

// Standardised sets dst to the normal quantiles of y, by quadrature of the density outward from y.
func (n Rician) Standardised(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		a, nu := n.units(i, y, math.Abs(c))
		density := func(t float64) float64 {
			i0, _ := bessel(t * nu)
			return t * math.Exp(-square(t-nu)/2) * i0
		}
		if a > math.Sqrt(nu*nu+1) {
			tail := integral(density, a, a+12, 36)
			return normal(1-tail, tail)
		}
		tail := integral(density, max(0, a-12), a, 36)
		return normal(tail, 1-tail)
	})
}

// Information sets dst_i to about the law's own, r^2/(1 + r^2)/sigma^2 with r = clean/sigma: the Gaussian's where the signal
// is strong, and 0 where there is none.
func (n Rician) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		_, nu := n.units(i, 0, c)
		return 1 / (1 + 1/(nu*nu)) / square(own(n.Sigma, n.Sigmas, i))
	})
}

// Restrict returns the noise of the entries with the indices keep.
func (n Rician) Restrict(keep []int) inverse.Noise {
	return Rician{Sigma: n.Sigma, Sigmas: pick(n.Sigmas, keep)}
}

func init() { inverse.RegisterNoise(Rician{}) }
