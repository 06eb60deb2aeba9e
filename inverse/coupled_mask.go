package inverse

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// coupledMask is a MaskProximal with deflated draws. The singular basis of B = S^-1/2 A is that of pixels: g_i^2 =
// (A^T S^-1 A)_ii joins all data that see pixel i, and g_i d_i = (A^T S^-1 y)_i.
type coupledMask struct {
	*MaskProximal
	spectrum
}

func newCoupledMask(lik *Likelihood) (*coupledMask, error) {
	p, err := NewMaskProximal(lik)
	if err != nil {
		return nil, err
	}
	g, best := make([]float64, len(p.gram)), make([]float64, len(p.gram))
	for i, v := range p.gram {
		g[i] = math.Sqrt(v)
		if v > 0 {
			best[i] = p.info[i] / v
		}
	}
	// The data outside the range are what no image explains, so that the best one leaves them.
	rest := make([]float64, len(p.y))
	p.op.Apply(rest, best)
	floats.SubTo(rest, p.y, rest)
	p.whitened(rest)
	s, err := newSpectrum(p.linearGaussian, g, floats.Dot(rest, rest))
	return &coupledMask{p, s}, err
}

// SampleDeflated draws each pixel from n normals of st.
func (m *coupledMask) SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := m.check(dst, x, eta); err != nil {
		return err
	}
	for i, g := range m.g {
		kept, d := widened(g, eta, true)
		dst[i] = eta*eta*m.info[i]/d + kept*x[i] + eta*math.Sqrt(kept)*st.Norm()
	}
	return nil
}

// Residual returns d - g x for each pixel that is seen.
func (m *coupledMask) Residual(x []float64) (Residual, error) {
	if err := m.checkImage(x); err != nil {
		return nil, err
	}
	square := make([]float64, len(x))
	for i, g := range m.g {
		if g > 0 {
			r := m.info[i]/g - g*x[i]
			square[i] = r * r
		}
	}
	return basisResidual{&m.spectrum, square}, nil
}
