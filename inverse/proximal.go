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

// linearGaussian is a likelihood f(z) = ||S^-1/2 (y - A z)||^2 / 2.
type linearGaussian struct {
	op    Linear
	noise Gaussian
	y     []float64
	info  []float64 // A^T S^-1 y
}

// newLinearGaussian checks that the likelihood is one; uniform asks for one sigma for all entries.
func newLinearGaussian(lik *Likelihood, method string, uniform bool) (*linearGaussian, error) {
	op, ok := lik.Op.(Linear)
	if !ok {
		return nil, fmt.Errorf("proximal: %s needs a linear operator, and %s is none; mala does not need one", method, lik.Op.Name())
	}
	g, ok := lik.Noise.(Gaussian)
	if !ok {
		return nil, fmt.Errorf("proximal: %s needs Gaussian noise, not %s; mala takes any", method, lik.Noise.Kind())
	}
	if uniform && g.Sigmas != nil {
		return nil, fmt.Errorf("proximal: %s needs one sigma for all entries; dense and cg take one for each", method)
	}
	l := &linearGaussian{op: op, noise: g, y: lik.Y, info: make([]float64, lik.Size())}
	w := l.weights()
	for i, v := range l.y {
		w[i] *= v
	}
	op.Adjoint(l.info, w)
	return l, nil
}

// weights is the diagonal of S^-1.
func (l *linearGaussian) weights() []float64 {
	w := make([]float64, len(l.y))
	for i := range w {
		s := l.noise.At(i)
		w[i] = 1 / (s * s)
	}
	return w
}

// check says what is wrong with the arguments of a draw.
func (l *linearGaussian) check(dst, x []float64, eta float64) error {
	return checkProximal(l.op.Name(), len(l.info), dst, x, eta)
}

func checkProximal(name string, n int, dst, x []float64, eta float64) error {
	if len(dst) != n || len(x) != n {
		return fmt.Errorf("proximal: %s takes %d entries, but dst has %d and x has %d", name, n, len(dst), len(x))
	}
	if !positive(eta) {
		return fmt.Errorf("proximal: eta is %v, not positive and finite", eta)
	}
	return nil
}
