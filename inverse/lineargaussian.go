package inverse

import "fmt"

// linearGaussian is a likelihood f(z) = ||S^-1/2 (y - A z)||^2 / 2 with a linear A and a diagonal S.
type linearGaussian struct {
	op    Linear
	noise Gaussian
	y     []float64
	info  []float64 // A^T S^-1 y
	units float64   // log det of what whitened y
}

// newLinearGaussian returns lik in that form. The error names the method and says what keeps lik from it; uniform
// asks for one sigma for all entries.
func newLinearGaussian(lik *Likelihood, method string, uniform bool) (*linearGaussian, error) {
	if err := lik.Validate(); err != nil {
		return nil, fmt.Errorf("proximal: %w", err)
	}
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
	l := &linearGaussian{op: op, noise: g, y: lik.Y, info: make([]float64, lik.Size()), units: lik.logDet}
	w := l.weights()
	for i, v := range l.y {
		w[i] *= v
	}
	op.Adjoint(l.info, w)
	return l, nil
}

// uniform tells whether all entries have one sigma.
func (l *linearGaussian) uniform() bool { return l.noise.Sigmas == nil }

// weights returns the diagonal of S^-1.
func (l *linearGaussian) weights() []float64 {
	w := make([]float64, len(l.y))
	for i := range w {
		s := l.noise.At(i)
		w[i] = 1 / (s * s)
	}
	return w
}

// check returns an error that says what is wrong with the arguments of a draw.
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
