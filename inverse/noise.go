package inverse

import (
	"fmt"
	"math"

	"tweedie/internal/absent"
	"tweedie/rng"
)

// Noise is the law of a measurement given the clean one. The same value draws and scores, so that the two cannot
// disagree. Methods panic with a *autodiff.ShapeError when their slices differ in length.
type Noise interface {
	// Kind is the name of the law, "gaussian".
	Kind() string
	// Validate says what is wrong for measurements of m entries.
	Validate(m int) error
	// Sample sets dst to a draw of y given clean; dst may be clean.
	Sample(dst, clean []float64, st *rng.Stream)
	// Loss is -log p(y|clean) without the terms that do not depend on clean, in nats.
	Loss(y, clean []float64) float64
	// NegLogLik is -log p(y|clean) with every constant, in nats.
	NegLogLik(y, clean []float64) float64
	// Residual sets dst to the gradient of Loss with respect to clean; dst may be y or clean.
	Residual(dst, y, clean []float64)
	// ChiSquared is the sum of squared standardised residuals: its expectation at the truth is len(y).
	ChiSquared(y, clean []float64) float64
}

// Gaussian is y = clean + sigma n with independent standard normal n, sigma in the units of the data:
//
//	Loss = sum_i (y_i - clean_i)^2 / (2 sigma_i^2),  NegLogLik = Loss + sum_i log(sigma_i sqrt(2 pi))
type Gaussian struct {
	// Sigma is the standard deviation of every entry.
	Sigma float64 `json:"sigma,omitempty"`
	// Sigmas, when given in place of Sigma, has one standard deviation for each entry.
	Sigmas []float64 `json:"sigmas,omitempty"`
}

// Kind is "gaussian".
func (g Gaussian) Kind() string { return "gaussian" }

// Validate names the field that is wrong.
func (g Gaussian) Validate(m int) error {
	if g.Sigmas == nil {
		if !positive(g.Sigma) {
			return fieldError("gaussian", "sigma", "%v is not positive and finite", g.Sigma)
		}
		if !squarable(g.Sigma) {
			return fieldError("gaussian", "sigma", "%v is outside [1e-150, 1e150], where it and its square can be computed with", g.Sigma)
		}
		return nil
	}
	if g.Sigma != 0 {
		return fieldError("gaussian", "sigma", "%v is given beside sigmas; give one of them", g.Sigma)
	}
	if len(g.Sigmas) != m {
		return fieldError("gaussian", "sigmas", "%d entries for %d measurements", len(g.Sigmas), m)
	}
	for i, s := range g.Sigmas {
		if !positive(s) {
			return fieldError("gaussian", "sigmas", "entry %d is %v, not positive and finite", i, s)
		}
		if !squarable(s) {
			return fieldError("gaussian", "sigmas", "entry %d is %v, outside [1e-150, 1e150], where it and its square can be computed with", i, s)
		}
	}
	return nil
}

func positive(v float64) bool { return v > 0 && !math.IsInf(v, 1) }

// squarable reports whether the square of a positive number and its inverse are finite and positive.
func squarable(v float64) bool { return v >= 1e-150 && v <= 1e150 }

// At is the standard deviation of entry i.
func (g Gaussian) At(i int) float64 {
	if g.Sigmas != nil {
		return g.Sigmas[i]
	}
	return g.Sigma
}

// Sample sets dst = clean + sigma n.
func (g Gaussian) Sample(dst, clean []float64, st *rng.Stream) {
	checkLen("gaussian", "dst", len(dst), len(clean))
	for i, c := range clean {
		dst[i] = c + g.At(i)*st.Norm()
	}
}

// Loss is half of ChiSquared.
func (g Gaussian) Loss(y, clean []float64) float64 { return g.ChiSquared(y, clean) / 2 }

// NegLogLik is Loss + sum_i log(sigma_i sqrt(2 pi)).
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

// ChiSquared is sum_i (y_i - clean_i)^2 / sigma_i^2.
func (g Gaussian) ChiSquared(y, clean []float64) float64 {
	checkLen("gaussian", "y", len(y), len(clean))
	sum := 0.0
	for i, c := range clean {
		r := (y[i] - c) / g.At(i)
		sum += r * r
	}
	return sum
}

// DecodeNoise reads {"kind": "gaussian", "sigma": 0.1}; an unknown kind or field is an error.
// Validate is still to be called with the number of measurements.
func DecodeNoise(data []byte) (Noise, error) {
	kind, fields, err := splitKind(data)
	if err != nil {
		return nil, fmt.Errorf("noise: %w", err)
	}
	if kind != "gaussian" {
		return nil, fieldError("noise", "kind", "%q is not gaussian", kind)
	}
	var g Gaussian
	if err := strict(fields, &g); err != nil {
		return nil, fmt.Errorf("gaussian: %w", err)
	}
	return g, nil
}

// EncodeNoise writes a description that DecodeNoise reads.
func EncodeNoise(n Noise) ([]byte, error) {
	if absent.Is(n) {
		return nil, fieldError("noise", "kind", "the noise is nil")
	}
	return joinKind(n.Kind(), n)
}
