package inverse

import (
	"math"

	"tweedie/internal/config"
	"tweedie/rng"
)

// Gaussian is the noise y = clean + sigma n with independent standard normal n; sigma is in the units of the data:
//
//	Loss = sum_i (y_i - clean_i)^2 / (2 sigma_i^2),  NegLogLik = Loss + sum_i log(sigma_i sqrt(2 pi))
type Gaussian struct {
	// Sigma is the standard deviation of every entry.
	Sigma float64 `json:"sigma,omitempty"`
	// Sigmas, when given in place of Sigma, has one standard deviation for each entry.
	Sigmas []float64 `json:"sigmas,omitempty"`
}

// Kind returns "gaussian".
func (g Gaussian) Kind() string { return "gaussian" }

// Validate names the field that is wrong.
func (g Gaussian) Validate(m int) error {
	c := config.Check("gaussian")
	if g.Sigmas == nil {
		c.Float("sigma", g.Sigma, leastSigma, mostSigma)
		return c.Err()
	}
	if g.Sigma != 0 {
		return config.Errorf("gaussian", "sigma", "%v is given beside sigmas; give one of them", g.Sigma)
	}
	if len(g.Sigmas) != m {
		return config.Errorf("gaussian", "sigmas", "%d entries for %d measurements", len(g.Sigmas), m)
	}
	c.Floats("sigmas", g.Sigmas, leastSigma, mostSigma)
	return c.Err()
}

// The squares of standard deviations within these bounds, and their inverses, are ordinary numbers.
const leastSigma, mostSigma = 1e-100, 1e100

func positive(v float64) bool { return v > 0 && !math.IsInf(v, 1) }

// At returns the standard deviation of entry i.
func (g Gaussian) At(i int) float64 {
	if g.Sigmas != nil {
		return g.Sigmas[i]
	}
	return g.Sigma
}

// Sample sets dst = clean + sigma n, with n drawn from st.
func (g Gaussian) Sample(dst, clean []float64, st *rng.Stream) {
	checkLen("gaussian", "dst", len(dst), len(clean))
	for i, c := range clean {
		dst[i] = c + g.At(i)*st.Norm()
	}
}

// Loss returns half of ChiSquared.
func (g Gaussian) Loss(y, clean []float64) float64 { return g.ChiSquared(y, clean) / 2 }

// NegLogLik returns Loss + sum_i log(sigma_i sqrt(2 pi)).
func (g Gaussian) NegLogLik(y, clean []float64) float64 {
	sum := g.Loss(y, clean) + float64(len(y))*math.Log(2*math.Pi)/2
	for i := range y {
		sum += math.Log(g.At(i))
	}
	return sum
}

// Residual sets dst = (clean - y)/sigma^2.
func (g Gaussian) Residual(dst, y, clean []float64) {
	checkLen("gaussian", "y", len(y), len(clean))
	checkLen("gaussian", "dst", len(dst), len(clean))
	for i, c := range clean {
		s := g.At(i)
		dst[i] = (c - y[i]) / (s * s)
	}
}

// ChiSquared returns sum_i (y_i - clean_i)^2 / sigma_i^2.
func (g Gaussian) ChiSquared(y, clean []float64) float64 {
	checkLen("gaussian", "y", len(y), len(clean))
	sum := 0.0
	for i, c := range clean {
		r := (y[i] - c) / g.At(i)
		sum += r * r
	}
	return sum
}

func init() { RegisterNoise(Gaussian{}) }
