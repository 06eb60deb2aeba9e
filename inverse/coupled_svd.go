package inverse

import (
	"math"

	"tweedie/rng"
)

// coupledSVD is an SVDProximal with deflated draws: g = s/sigma and d = U^T y/sigma.
type coupledSVD struct {
	*SVDProximal
	spectrum
}

func newCoupledSVD(lik *Likelihood) (*coupledSVD, error) {
	p, err := NewSVDProximal(lik)
	if err != nil {
		return nil, err
	}
	singular, outside := p.svd.Singular(), 0.0
	g := make([]float64, len(singular))
	for i, v := range singular {
		g[i] = v / p.noise.Sigma
	}
	for _, v := range p.d[len(g):] {
		outside += (v / p.noise.Sigma) * (v / p.noise.Sigma)
	}
	s, err := newSpectrum(p.linearGaussian, g, outside)
	return &coupledSVD{p, s}, err
}

// SampleDeflated draws each coordinate of V^T z from n normals of st.
func (s *coupledSVD) SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := s.check(dst, x, eta); err != nil {
		return err
	}
	c := make([]float64, len(x))
	s.svd.Vt(c, x)
	for i, g := range s.g {
		kept, d := widened(g, eta, true)
		c[i] = eta*eta*g*(s.d[i]/s.noise.Sigma)/d + kept*c[i] + eta*math.Sqrt(kept)*st.Norm()
	}
	for i := len(s.g); i < len(c); i++ {
		c[i] += eta * st.Norm()
	}
	s.svd.V(dst, c)
	return nil
}

// Residual returns d - g c.
func (s *coupledSVD) Residual(x []float64) (Residual, error) {
	if err := s.checkImage(x); err != nil {
		return nil, err
	}
	c := make([]float64, len(x))
	s.svd.Vt(c, x)
	square := make([]float64, len(s.g))
	for i, g := range s.g {
		r := s.d[i]/s.noise.Sigma - g*c[i]
		square[i] = r * r
	}
	return basisResidual{&s.spectrum, square}, nil
}
