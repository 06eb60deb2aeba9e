package inverse

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/internal/config"
	"tweedie/rng"
)

// Gaussian is the noise y = clean + sigma n with independent standard normal n; sigma is in the units of the data:
//
//	Loss = sum_i (y_i - clean_i)^2 / (2 sigma_i^2),  NegLogLik = Loss + sum_i log(sigma_i sqrt(2 pi))
//
// or, with a full covariance C = L L^T, the noise y = clean + L n:
//
//	Loss = |L^-1 (y - clean)|^2 / 2,  NegLogLik = Loss + log det L + m/2 log(2 pi)
//
// NewLikelihood makes of the latter one with sigma 1 for L^-1 A and L^-1 y, so that all that takes Gaussian noise takes it.
type Gaussian struct {
	// Sigma is the standard deviation of every entry.
	Sigma float64 `json:"sigma,omitempty"`
	// Auto, "auto" in place of a number for sigma in JSON, asks for a Sigma to be estimated from the data, as EstimateSigma
	// does. Validate refuses it until then.
	Auto bool `json:"-"`
	// Sigmas, when given in place of Sigma, has one standard deviation for each entry.
	Sigmas []float64 `json:"sigmas,omitempty"`
	// Covariance, when given in place of Sigma, is C [m,m] in the squared units of the data.
	Covariance *Covariance `json:"covariance,omitempty"`
}

// Kind returns "gaussian".
func (g Gaussian) Kind() string { return "gaussian" }

// Validate names the field that is wrong.
func (g Gaussian) Validate(m int) error {
	if g.Auto {
		return config.Errorf("gaussian", "sigma", "is \"auto\"; a number must be estimated in its place first, as EstimateSigma does from the data")
	}
	c := config.Check("gaussian")
	given, name := g.Sigmas != nil, "sigmas"
	if g.Covariance != nil {
		if given {
			return config.Errorf("gaussian", "sigmas", "they are given beside covariance; give one of them")
		}
		given, name = true, "covariance"
	}
	if !given {
		c.Float("sigma", g.Sigma, leastSigma, mostSigma)
		return c.Err()
	}
	if g.Sigma != 0 {
		return config.Errorf("gaussian", "sigma", "%v is given beside %s; give one of them", g.Sigma, name)
	}
	if g.Covariance != nil {
		_, err := g.Covariance.factor(m)
		return err
	}
	if len(g.Sigmas) != m {
		return config.Errorf("gaussian", "sigmas", "%d entries for %d measurements; there must be one for each", len(g.Sigmas), m)
	}
	c.Floats("sigmas", g.Sigmas, leastSigma, mostSigma)
	return c.Err()
}

// The squares of standard deviations within these bounds, and their inverses, are ordinary numbers.
const leastSigma, mostSigma = 1e-100, 1e100

func positive(v float64) bool { return v > 0 && !math.IsInf(v, 1) }

// At returns the standard deviation of entry i.
func (g Gaussian) At(i int) float64 {
	switch {
	case g.Covariance != nil:
		return g.Covariance.deviation(i)
	case g.Sigmas != nil:
		return g.Sigmas[i]
	}
	return g.Sigma
}

// Sample sets dst = clean + sigma n, or clean + L n, with n drawn from st.
func (g Gaussian) Sample(dst, clean []float64, st *rng.Stream) {
	checkLen("gaussian", "dst", len(dst), len(clean))
	if g.Covariance != nil {
		g.Covariance.sample(dst, clean, st)
		return
	}
	for i, c := range clean {
		dst[i] = c + g.At(i)*st.Norm()
	}
}

// Loss returns half of ChiSquared.
func (g Gaussian) Loss(y, clean []float64) float64 { return g.ChiSquared(y, clean) / 2 }

// NegLogLik returns Loss + sum_i log(sigma_i sqrt(2 pi)), or Loss + log det L + m/2 log(2 pi).
func (g Gaussian) NegLogLik(y, clean []float64) float64 {
	sum := g.Loss(y, clean) + float64(len(y))*math.Log(2*math.Pi)/2
	if g.Covariance != nil {
		return sum + g.Covariance.logDet(len(y))/2
	}
	for i := range y {
		sum += math.Log(g.At(i))
	}
	return sum
}

// Residual sets dst = (clean - y)/sigma^2, or C^-1 (clean - y).
func (g Gaussian) Residual(dst, y, clean []float64) {
	checkLen("gaussian", "y", len(y), len(clean))
	checkLen("gaussian", "dst", len(dst), len(clean))
	if g.Covariance != nil {
		g.Covariance.solve(dst, clean, y)
		return
	}
	for i, c := range clean {
		s := g.At(i)
		dst[i] = (c - y[i]) / (s * s)
	}
}

// ChiSquared returns sum_i (y_i - clean_i)^2 / sigma_i^2, or |L^-1 (y - clean)|^2.
func (g Gaussian) ChiSquared(y, clean []float64) float64 {
	checkLen("gaussian", "y", len(y), len(clean))
	if g.Covariance != nil {
		w := g.Covariance.whiten(y, clean)
		return floats.Dot(w, w)
	}
	sum := 0.0
	for i, c := range clean {
		r := (y[i] - c) / g.At(i)
		sum += r * r
	}
	return sum
}

// Standardised sets dst = (y - clean)/sigma, of each datum by itself.
func (g Gaussian) Standardised(dst, y, clean []float64) {
	checkLen("gaussian", "y", len(y), len(clean))
	checkLen("gaussian", "dst", len(dst), len(clean))
	for i, c := range clean {
		dst[i] = (y[i] - c) / g.At(i)
	}
}

// Restrict returns the noise of the entries with the indices keep, of a covariance its rows and columns.
func (g Gaussian) Restrict(keep []int) Noise {
	switch {
	case g.Covariance != nil:
		return Gaussian{Covariance: g.Covariance.restrict(keep)}
	case g.Sigmas == nil:
		return g
	}
	some := Gaussian{Sigmas: make([]float64, len(keep))}
	for i, k := range keep {
		some.Sigmas[i] = g.Sigmas[k]
	}
	return some
}

func init() { RegisterNoise(Gaussian{}) }
