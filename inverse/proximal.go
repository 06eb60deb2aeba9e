package inverse

import (
	"context"
	"fmt"

	"tweedie/internal/config"
	"tweedie/rng"
)

// ProximalSampler draws z ~ exp(-f(z) - ||z - x||^2 / 2 eta^2), the likelihood half of a split Gibbs sampler (the
// proximal consistency sampler of Xu and Chi 2403.17042). Several goroutines may use it at once, each with its own
// stream. A draw depends on its arguments alone.
type ProximalSampler interface {
	// Name says by what means it draws, as in "fourier".
	Name() string
	// Sample sets dst to z. On entry dst is the state at which a Markov kernel starts (MALA); exact samplers ignore it.
	// dst and x must not overlap. It draws from st alone.
	Sample(dst, x []float64, eta float64, st *rng.Stream) error
}

// ExactProximal is a ProximalSampler for linear A and Gaussian noise N(0, S). Its draws have the law N(m, P^-1)
// exactly, with P = A^T S^-1 A + I/eta^2 and P m = A^T S^-1 y + x/eta^2.
type ExactProximal interface {
	ProximalSampler
	// Mean sets dst = P^-1 (A^T S^-1 y + x/eta^2), P = A^T S^-1 A + I/eta^2. It is also argmin f(z) + ||z-x||^2/2eta^2.
	Mean(dst, x []float64, eta float64) error
}

// Interruptible is a ProximalSampler whose draws may take many steps. Call Until before the first draw: from then on a
// draw that is under way when ctx ends returns ctx's error.
type Interruptible interface {
	ProximalSampler
	Until(ctx context.Context)
}

// auto is the method that NewProximal chooses by the structure of the likelihood.
const auto = "auto"

// ProximalConfig says how a proximal sampler draws.
type ProximalConfig struct {
	// Method is auto, mask, fourier, svd, dense, cg, mala or the name of a registered method.
	Method string `json:"method"`
	// Dense is the largest n for which auto takes dense before cg.
	Dense int `json:"dense"`
	// CG applies to cg.
	CG CGConfig `json:"cg"`
	// MALA applies to mala.
	MALA MALAConfig `json:"mala"`
}

// DefaultProximal leaves the choice to auto, with a dense factorisation up to n = 512.
func DefaultProximal() ProximalConfig {
	return ProximalConfig{Method: auto, Dense: 512, CG: DefaultCG(), MALA: DefaultMALA()}
}

// Validate names the field that is wrong.
func (c ProximalConfig) Validate() error {
	k := config.Check("proximal")
	k.Name("method", c.Method, ProximalMethods()...)
	k.Int("dense", c.Dense, 0, 1<<20)
	k.Also(c.CG.Validate())
	k.Also(c.MALA.Validate())
	return k.Err()
}

// NewProximal returns the sampler that the config asks for. For a linear operator with Gaussian noise, auto takes the
// first of mask, fourier, svd, dense (up to n = Dense) and cg that applies; for all else it takes mala. With a sigma
// for each datum, fourier and svd become what NewCoupled finds. The error says what an explicit choice lacks.
func NewProximal(lik *Likelihood, c ProximalConfig) (ProximalSampler, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := lik.Validate(); err != nil {
		return nil, fmt.Errorf("proximal: %w", err)
	}
	method := c.Method
	if method == auto {
		method = c.choose(lik)
	}
	for _, m := range proximals.All() {
		if m.name == method {
			return m.make(lik, c)
		}
	}
	return nil, config.Errorf("proximal", "method", "%s is not registered", method)
}

// choose returns the method that auto stands for.
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
		if _, ok := lik.Op.(FourierDiagonal); ok {
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
