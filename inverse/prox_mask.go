package inverse

import (
	"fmt"
	"math"

	"tweedie/rng"
)

// MaskProximal draws pixel by pixel, for operators whose A^T S^-1 A is diagonal: with precision p_i = g_i + 1/eta^2,
// z_i ~ N((info_i + x_i/eta^2)/p_i, 1/p_i). Unobserved pixels have g_i = info_i = 0 and law N(x_i, eta^2).
type MaskProximal struct {
	*linearGaussian
	gram []float64
}

// NewMaskProximal needs a DiagonalGram operator and Gaussian noise.
func NewMaskProximal(lik *Likelihood) (*MaskProximal, error) {
	l, err := newLinearGaussian(lik, "mask", false)
	if err != nil {
		return nil, err
	}
	d, ok := lik.Op.(DiagonalGram)
	if !ok {
		return nil, fmt.Errorf("proximal: mask needs an operator with a diagonal A^T A, and %s has none", lik.Op.Name())
	}
	m := &MaskProximal{linearGaussian: l, gram: make([]float64, lik.Size())}
	d.GramDiagonal(m.gram, l.weights())
	return m, nil
}

// Name is "mask".
func (m *MaskProximal) Name() string { return "mask" }

// Mean is documented on ExactProximal.
func (m *MaskProximal) Mean(dst, x []float64, eta float64) error {
	if err := m.check(dst, x, eta); err != nil {
		return err
	}
	for i, g := range m.gram {
		dst[i] = (m.info[i] + x[i]/(eta*eta)) / (g + 1/(eta*eta))
	}
	return nil
}

// Sample is documented on ProximalSampler; it takes n normals.
func (m *MaskProximal) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := m.Mean(dst, x, eta); err != nil {
		return err
	}
	for i, g := range m.gram {
		dst[i] += st.Norm() / math.Sqrt(g+1/(eta*eta))
	}
	return nil
}
