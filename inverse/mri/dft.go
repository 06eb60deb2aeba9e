package mri

import (
	"math/cmplx"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/fft"
)

// DFT measures K frequencies of every channel of a real image: y = [Re F_k x; Im F_k x] of shape [2,C,K], where F_k x
// = g sum_x x exp(-2 pi i k x) and g is 1/sqrt(H W), or 1 when unnormalised. Numpy's fft2(x, norm="ortho").ravel()[keep]
// gives the same complex numbers, and fft2(x).ravel()[keep] the unnormalised ones; inverse.SplitComplex makes y of
// them.
//
// A real image has F_{-k} = conj F_k. Frequencies k and -k therefore measure the same two numbers, and the imaginary
// part of a frequency with k = -k measures nothing. With N = g sqrt(H W), the singular values are N/sqrt2 for the two
// coordinates of a frequency of which only k or -k is kept, N for both coordinates where both are kept, and N for the
// one coordinate of a frequency with k = -k.
type DFT struct {
	inverse.Base
	channels int
	keep     []int
	planes   *fft.Planes
	norm     float64 // g
	image    []int   // columns of V: places in the packed spectrum, those measured first
	column   []pair  // columns of U
	singular []float64
}

// ComplexShape returns [C,K], the shape of the measured frequencies.
func (o *DFT) ComplexShape() (autodiff.Shape, bool) {
	return autodiff.S(o.channels, len(o.keep)), true
}

// Kept returns the measured frequencies k = i*W + j in increasing order. The caller must not write to it.
func (o *DFT) Kept() []int { return o.keep }

// Apply writes the measured frequencies of x into dst.
func (o *DFT) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	f := o.planes.Get()
	defer o.planes.Put(f)
	n, count := len(f.Z), len(o.keep)
	for c := range o.channels {
		f.Load(x[c*n:][:n])
		f.Forward()
		for i, k := range o.keep {
			dst[c*count+i] = o.norm * real(f.Z[k])
			dst[len(dst)/2+c*count+i] = o.norm * imag(f.Z[k])
		}
	}
}

// Adjoint transforms y back, with zero at the frequencies that are not measured, and writes the real part into dst.
func (o *DFT) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.backward(dst, y, o.norm, func(z []complex128, k int, v complex128) { z[k] = v })
}

// PseudoInverse writes into dst the real image whose measured frequencies are nearest to y and whose other
// frequencies are zero. Where both k and -k are measured it takes the mean of the two values.
func (o *DFT) PseudoInverse(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	h, w := o.planes.H, o.planes.W
	seen := make([]bool, h*w)
	for _, k := range o.keep {
		seen[k] = true
	}
	o.backward(dst, y, 1/(o.norm*float64(h*w)), func(z []complex128, k int, v complex128) {
		switch m := fft.Negated(k, h, w); {
		case m == k:
			z[k] = complex(real(v), 0)
		case seen[m]:
			z[k] += v / 2
			z[m] += cmplx.Conj(v) / 2
		default:
			z[k], z[m] = v, cmplx.Conj(v)
		}
	})
}

// backward calls put for each measured frequency to fill a spectrum, transforms it back, and writes g times the real
// part into dst.
func (o *DFT) backward(dst, y []float64, g float64, put func(z []complex128, k int, v complex128)) {
	f := o.planes.Get()
	defer o.planes.Put(f)
	n, count := len(f.Z), len(o.keep)
	for c := range o.channels {
		clear(f.Z)
		for i, k := range o.keep {
			put(f.Z, k, complex(y[c*count+i], y[len(y)/2+c*count+i]))
		}
		f.Backward()
		f.Store(dst[c*n:][:n], g)
	}
}
