package inverse

import (
	"fmt"
	"math"
	"math/cmplx"

	"tweedie/rng"
)

// FourierProximal draws for a circular blur by division in Fourier space. With p_k = |H_k|^2/sigma^2 + 1/eta^2,
//
//	z = Re F^-1[ (conj(H) F y/sigma^2 + F x/eta^2)/p + F xi/sqrt(p) ],  xi ~ N(0, I).
//
// This is exact because p is even in k.
type FourierProximal struct {
	*linearGaussian
	blur *Blur
}

// NewFourierProximal returns a sampler for a *Blur and Gaussian noise with one sigma; other likelihoods are errors.
func NewFourierProximal(lik *Likelihood) (*FourierProximal, error) {
	l, err := newLinearGaussian(lik, "fourier", true)
	if err != nil {
		return nil, err
	}
	b, ok := lik.Op.(*Blur)
	if !ok {
		return nil, fmt.Errorf("proximal: fourier needs a circular blur, and %s is none", lik.Op.Name())
	}
	return &FourierProximal{linearGaussian: l, blur: b}, nil
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
	precision := func(k int) float64 {
		h := cmplx.Abs(f.blur.h[k]) / f.noise.Sigma
		return h*h + 1/(eta*eta)
	}
	b := make([]float64, len(x))
	for i, v := range x {
		b[i] = f.info[i] + v/(eta*eta)
	}
	f.blur.filter(dst, b, func(k int) complex128 { return complex(1/precision(k), 0) })
	if st != nil {
		st.FillNorm(b)
		f.blur.filter(b, b, func(k int) complex128 { return complex(1/math.Sqrt(precision(k)), 0) })
		for i, v := range b {
			dst[i] += v
		}
	}
	return nil
}
