package inverse

import (
	"fmt"
	"math"
	"math/cmplx"

	"tweedie/inverse/internal/fft"
	"tweedie/rng"
)

// FourierProximal draws by division in Fourier space, for a circular blur and any other FourierDiagonal. With
// p_k = |H_k|^2/sigma^2 + 1/eta^2,
//
//	z = Re F^-1[ (conj(H) F y/sigma^2 + F x/eta^2)/p + F xi/sqrt(p) ],  xi ~ N(0, I).
//
// This is exact because p is even in k.
type FourierProximal struct {
	*linearGaussian
	planes *fft.Planes
	h      []complex128 // transfer function
}

// NewFourierProximal returns a sampler for a FourierDiagonal operator and Gaussian noise with one sigma, and an error
// for other likelihoods. For a sigma for each datum NewProximal finds another sampler.
func NewFourierProximal(lik *Likelihood) (*FourierProximal, error) {
	l, err := newLinearGaussian(lik, "fourier", true)
	if err != nil {
		return nil, err
	}
	planes, h, err := fourierOf(lik.Op)
	if err != nil {
		return nil, fmt.Errorf("proximal: %w", err)
	}
	return &FourierProximal{linearGaussian: l, planes: planes, h: h}, nil
}

// Name returns "fourier".
func (f *FourierProximal) Name() string { return "fourier" }

// Mean sets dst = m, as ExactProximal says.
func (f *FourierProximal) Mean(dst, x []float64, eta float64) error { return f.draw(dst, x, eta, nil) }

// Sample draws z ~ N(m, P^-1) into dst from n normals of st.
func (f *FourierProximal) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	return f.draw(dst, x, eta, st)
}

// draw does what Sample does, or Mean when st is nil.
func (f *FourierProximal) draw(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := f.check(dst, x, eta); err != nil {
		return err
	}
	n := f.planes.H * f.planes.W
	precision := func(c, k int) float64 {
		h := cmplx.Abs(f.h[(c*n+k)%len(f.h)]) / f.noise.Sigma
		return h*h + 1/(eta*eta)
	}
	b := make([]float64, len(x))
	for i, v := range x {
		b[i] = f.info[i] + v/(eta*eta)
	}
	f.planes.Filter(dst, b, func(c, k int) complex128 { return complex(1/precision(c, k), 0) })
	if st != nil {
		st.FillNorm(b)
		f.planes.Filter(b, b, func(c, k int) complex128 { return complex(1/math.Sqrt(precision(c, k)), 0) })
		for i, v := range b {
			dst[i] += v
		}
	}
	return nil
}

func init() { registerUniform("fourier", NewFourierProximal) }
