package inverse

import (
	"fmt"
	"math"

	"tweedie/rng"
)

// MaskProximal draws pixel by pixel for an operator whose A^T S^-1 A = diag(g) is diagonal. With h = A^T S^-1 y and
// p_i = g_i + 1/eta^2, z_i ~ N((h_i + x_i/eta^2)/p_i, 1/p_i). A pixel that is not observed has g_i = h_i = 0 and the
// law N(x_i, eta^2).
type MaskProximal struct {
	*linearGaussian
	gram []float64
}

// NewMaskProximal returns a sampler for a DiagonalGram operator and Gaussian noise; other likelihoods are errors.
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

// Name returns "mask".
func (m *MaskProximal) Name() string { return "mask" }

// Mean sets dst = m, as ExactProximal says.
func (m *MaskProximal) Mean(dst, x []float64, eta float64) error {
	if err := m.check(dst, x, eta); err != nil {
		return err
	}
	for i, g := range m.gram {
		dst[i] = (m.info[i] + x[i]/(eta*eta)) / (g + 1/(eta*eta))
	}
	return nil
}

// Sample draws z ~ N(m, P^-1) into dst from n normals of st.
func (m *MaskProximal) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := m.Mean(dst, x, eta); err != nil {
		return err
	}
	for i, g := range m.gram {
		dst[i] += st.Norm() / math.Sqrt(g+1/(eta*eta))
	}
	return nil
}

func init() { registerExact("mask", NewMaskProximal) }
