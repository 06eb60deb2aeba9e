package inverse

import (
	"fmt"

	"tweedie/rng"
)

// ProximalSampler draws z ~ exp(-f(z) - ||z - x||^2 / 2 eta^2), the likelihood half of a split Gibbs sampler
// (proximal consistency sampler, Xu and Chi 2403.17042). It is safe for use by several goroutines, each with its own
// stream; a draw depends on its arguments alone.
type ProximalSampler interface {
	// Name says by what means it draws, "fourier".
	Name() string
	// Sample sets dst to z. On entry dst is the state at which a Markov kernel starts (MALA); exact samplers ignore it.
	// dst and x must not overlap. It draws from st alone.
	Sample(dst, x []float64, eta float64, st *rng.Stream) error
}

// ExactProximal is a ProximalSampler for linear A and Gaussian noise, whose draws are exact.
type ExactProximal interface {
	ProximalSampler
	// Mean sets dst = P^-1 (A^T S^-1 y + x/eta^2), P = A^T S^-1 A + I/eta^2. It is also argmin f(z) + ||z-x||^2/2eta^2.
	Mean(dst, x []float64, eta float64) error
}

// ProximalConfig says how to draw.
type ProximalConfig struct {
	// Method is auto, mask, fourier, svd, dense, cg or mala.
	Method string `json:"method"`
	// Dense is the largest n for which auto takes dense before cg.
	Dense int `json:"dense"`
	// CG applies to cg.
	CG CGConfig `json:"cg"`
	// MALA applies to mala.
	MALA MALAConfig `json:"mala"`
}

// DefaultProximal is auto with a dense factorisation up to n = 512.
func DefaultProximal() ProximalConfig {
	return ProximalConfig{Method: "auto", Dense: 512, CG: DefaultCG(), MALA: DefaultMALA()}
}

// Validate names the field that is wrong.
func (c ProximalConfig) Validate() error {
	switch c.Method {
	case "auto", "mask", "fourier", "svd", "dense", "cg", "mala":
	default:
		return fieldError("proximal", "method", "%q is none of auto, mask, fourier, svd, dense, cg, mala", c.Method)
	}
	if c.Dense < 0 {
		return fieldError("proximal", "dense", "%d is negative", c.Dense)
	}
	if err := c.CG.Validate(); err != nil {
		return err
	}
	return c.MALA.Validate()
}

// NewProximal makes the sampler that the config asks for; auto takes the first that applies of mask, fourier, svd,
// dense (small n), cg for linear operators with Gaussian noise, and mala for everything else. The error of an explicit
// choice says what it lacks.
func NewProximal(lik *Likelihood, c ProximalConfig) (ProximalSampler, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := lik.Validate(); err != nil {
		return nil, fmt.Errorf("proximal: %w", err)
	}
	method := c.Method
	if method == "auto" {
		method = c.choose(lik)
	}
	switch method {
	case "mask":
		return NewMaskProximal(lik)
	case "fourier":
		return NewFourierProximal(lik)
	case "svd":
		return NewSVDProximal(lik)
	case "dense":
		return NewDenseProximal(lik)
	case "cg":
		return NewCGProximal(lik, c.CG)
	}
	switch lik.Op.(type) {
	case Linear, Differentiable:
		return NewMALA(lik, c.MALA)
	}
	return nil, fmt.Errorf("proximal: %s has neither Adjoint nor VJP, so mala has no gradient", lik.Op.Name())
}

// choose is what auto stands for.
func (c ProximalConfig) choose(lik *Likelihood) string {
	g, gaussian := lik.Noise.(Gaussian)
	_, linear := lik.Op.(Linear)
	if !gaussian || !linear {
		return "mala"
	}
	if _, ok := lik.Op.(DiagonalGram); ok {
		return "mask"
	}
	if g.Sigmas == nil {
		if _, ok := lik.Op.(*Blur); ok {
			return "fourier"
		}
		if _, ok := lik.Op.(SVD); ok {
			return "svd"
		}
	}
	if lik.Size() <= c.Dense {
		return "dense"
	}
	return "cg"
}
