package noises

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Student is the noise y = clean + s t with outliers: t has Student's law with nu degrees of freedom,
//
//	Loss = sum_i (nu+1)/2 log(1 + (y_i - clean_i)^2/(nu s_i^2))
//	NegLogLik = Loss + sum_i log(s_i sqrt(nu pi)) + log Gamma(nu/2) - log Gamma((nu+1)/2)
//
// The variance nu/(nu-2) s^2 is finite for nu > 2 alone. Few degrees of freedom let single data be far off; nu = 4 is
// usual, and 1 is Cauchy's law.
type Student struct {
	// DoF is nu, between 0.5 and 1e6.
	DoF float64 `json:"dof"`
	// Scale is s of every entry, in the units of the data.
	Scale float64 `json:"scale,omitempty"`
	// Scales, when given in place of Scale, has one for each entry.
	Scales []float64 `json:"scales,omitempty"`
}

// Kind returns "student".
func (Student) Kind() string { return "student" }

// Validate names the field that is wrong.
func (n Student) Validate(m int) error {
	c := config.Check(n.Kind())
	c.Float("dof", n.DoF, .5, 1e6)
	numbers(c, "scale", n.Scale, 0, "scales", n.Scales, m, least, most)
	return c.Err()
}

func (n Student) unit(i int, y, c float64) float64 { return (y - c) / own(n.Scale, n.Scales, i) }

// Sample sets dst = clean + s t, with t = n/sqrt(g) of a normal n and a gamma g of st.
func (n Student) Sample(dst, clean []float64, st *rng.Stream) {
	gamma := distuv.Gamma{Alpha: n.DoF / 2, Beta: n.DoF / 2, Src: st}
	fillClean(n.Kind(), dst, clean, func(i int, c float64) float64 {
		return c + own(n.Scale, n.Scales, i)*st.Norm()/math.Sqrt(gamma.Rand())
	})
}

// Loss returns sum_i (nu+1)/2 log(1 + t_i^2/nu).
func (n Student) Loss(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 {
		return (n.DoF + 1) / 2 * math.Log1p(square(n.unit(i, y, c))/n.DoF)
	})
}

// NegLogLik returns Loss and the constants.
func (n Student) NegLogLik(y, clean []float64) float64 {
	constant := logBetaHalf(n.DoF)
	return n.Loss(y, clean) + sum(n.Kind(), y, clean, func(i int, _, _ float64) float64 {
		return constant + math.Log(own(n.Scale, n.Scales, i))
	})
}

// logBetaHalf returns log(sqrt(nu pi) Gamma(nu/2)/Gamma((nu+1)/2)).
func logBetaHalf(nu float64) float64 {
	return math.Log(nu*math.Pi)/2 - logGammaRise(nu/2, .5)
}

// logGammaRise returns log(Gamma(a+r)/Gamma(a)), for large a by Stirling's series, so that no digits cancel.
func logGammaRise(a, r float64) float64 {
	if a < 100 {
		top, _ := math.Lgamma(a + r)
		bottom, _ := math.Lgamma(a)
		return top - bottom
	}
	stirling := func(x float64) float64 { return 1/(12*x) - 1/(360*x*x*x) + 1/(1260*math.Pow(x, 5)) }
	return (a-.5)*math.Log1p(r/a) + r*math.Log(a+r) - r + stirling(a+r) - stirling(a)
}

// Residual sets dst = (nu+1) t/(nu + t^2)/s, t = (clean - y)/s.
func (n Student) Residual(dst, y, clean []float64) {
	fill(n.Kind(), dst, y, clean, func(i int, y, c float64) float64 {
		t := n.unit(i, c, y)
		return (n.DoF + 1) * t / (n.DoF + t*t) / own(n.Scale, n.Scales, i)
	})
}

// ChiSquared returns the sum of squares of Standardised, because t^2 may have no mean.
func (n Student) ChiSquared(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(i int, y, c float64) float64 { return square(n.quantile(i, y, c)) })
}

// Standardised sets dst to the normal quantiles of y.
func (n Student) Standardised(dst, y, clean []float64) { fill(n.Kind(), dst, y, clean, n.quantile) }

func (n Student) quantile(i int, y, c float64) float64 {
	return studentQuantile(n.unit(i, y, c), n.DoF)
}

// studentQuantile returns the standard normal number with the tail of t under Student's law.
func studentQuantile(t, nu float64) float64 {
	var tail float64
	if t*t < nu { // then nu/(nu+t^2) would lose digits
		tail = (1 - mathext.RegIncBeta(.5, nu/2, t*t/(nu+t*t))) / 2
	} else {
		tail = mathext.RegIncBeta(nu/2, .5, 1/(1+t*t/nu)) / 2
	}
	if t < 0 {
		return normal(tail, 1-tail)
	}
	return normal(1-tail, tail)
}

// Information sets dst_i = (nu+1)/(nu+3)/s_i^2.
func (n Student) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(i int, _ float64) float64 {
		return (n.DoF + 1) / (n.DoF + 3) / square(own(n.Scale, n.Scales, i))
	})
}

// Restrict returns the noise of the entries with the indices keep.
func (n Student) Restrict(keep []int) inverse.Noise {
	return Student{DoF: n.DoF, Scale: n.Scale, Scales: pick(n.Scales, keep)}
}

func init() { inverse.RegisterNoise(Student{DoF: 4}) }
