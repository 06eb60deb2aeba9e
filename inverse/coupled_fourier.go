package inverse

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// coupledFourier is a FourierProximal with deflated draws: g_k = |H_k|/sigma, with one entry for each frequency of each
// channel. D is even in k, so that a pair k, -k can be scored as two.
type coupledFourier struct {
	*FourierProximal
	spectrum
}

func newCoupledFourier(lik *Likelihood) (*coupledFourier, error) {
	p, err := NewFourierProximal(lik)
	if err != nil {
		return nil, err
	}
	g := make([]float64, len(p.info))
	for i := range g {
		g[i] = cmplx.Abs(p.h[i%len(p.h)]) / p.noise.Sigma
	}
	s, err := newSpectrum(p.linearGaussian, g, 0)
	return &coupledFourier{p, s}, err
}

// filter sets dst to the image whose transform is that of x times what factor returns for s' and D.
func (f *coupledFourier) filter(dst, x []float64, eta float64, factor func(kept, d float64) float64) {
	n := f.planes.H * f.planes.W
	f.planes.Filter(dst, x, func(c, k int) complex128 {
		return complex(factor(widened(f.g[c*n+k], eta, true)), 0)
	})
}

// SampleDeflated draws z = F^-1[ eta^2 conj(H) F y/(sigma^2 D) + s' F x + eta sqrt(s') F xi ] from n normals of st.
func (f *coupledFourier) SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := f.check(dst, x, eta); err != nil {
		return err
	}
	part := make([]float64, len(x))
	f.filter(dst, f.info, eta, func(_, d float64) float64 { return eta * eta / d })
	f.filter(part, x, eta, func(kept, _ float64) float64 { return kept })
	floats.Add(dst, part)
	st.FillNorm(part)
	f.filter(part, part, eta, func(kept, _ float64) float64 { return eta * math.Sqrt(kept) })
	floats.Add(dst, part)
	return nil
}

// Residual returns the transform of (y - A x)/sigma.
func (f *coupledFourier) Residual(x []float64) (Residual, error) {
	if err := f.checkImage(x); err != nil {
		return nil, err
	}
	r := make([]float64, len(x))
	f.op.Apply(r, x)
	floats.SubTo(r, f.y, r)
	f.whitened(r)
	p := f.planes.Get()
	defer f.planes.Put(p)
	n, unit := len(p.Z), p.Orthonormal()
	for c := 0; c < len(r); c += n {
		p.Load(r[c:][:n])
		p.Forward()
		for k, v := range p.Z {
			a := unit * cmplx.Abs(v)
			r[c+k] = a * a
		}
	}
	return basisResidual{&f.spectrum, r}, nil
}
