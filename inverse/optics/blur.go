package optics

import (
	"math/cmplx"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/fft"
)

// Blur convolves every channel circularly with one PSF: A = F^H diag(H) F, where F is the unitary 2-D transform and H
// the transform of the kernel. V is the real Fourier basis, the singular values are |H_k|, and U is V with the phase
// of H_k applied to each frequency.
type Blur struct {
	inverse.Base
	h        []complex128 // transfer function of one channel
	phase    []complex128 // H/|H|, 1 where H = 0
	singular []float64    // |H| for every channel
	least    float64      // singular values up to this count as zero in the pseudo-inverse
	planes   *fft.Planes
}

// transfer returns the transform of a kernel whose centre lies at the origin of a circular plane.
func transfer(f *fft.Plane, k kernel) []complex128 {
	clear(f.Z)
	for i, v := range k.Data {
		r, c := k.offset(i)
		f.Z[((r%f.H)+f.H)%f.H*f.W+((c%f.W)+f.W)%f.W] += complex(v, 0)
	}
	f.Forward()
	h := append([]complex128(nil), f.Z...)
	for k, v := range h {
		if m := fft.Negated(k, f.H, f.W); m == k {
			h[k] = complex(real(v), 0)
		} else if k < m {
			h[m] = cmplx.Conj(v)
		}
	}
	return h
}

func newBlur(in autodiff.Shape, cfg BlurConfig, k kernel) *Blur {
	o := &Blur{Base: inverse.BaseOf(cfg, in, in), planes: fft.NewPlanes(in.Dim(1), in.Dim(2))}
	f := o.planes.Get()
	o.h = transfer(f, k)
	o.planes.Put(f)
	o.phase = make([]complex128, len(o.h))
	o.singular = make([]float64, in.Size())
	largest := 0.0
	for k, v := range o.h {
		s := cmplx.Abs(v)
		largest = max(largest, s)
		o.phase[k] = 1
		if s > 0 {
			o.phase[k] = v / complex(s, 0)
		}
		for i := k; i < in.Size(); i += len(o.h) {
			o.singular[i] = s
		}
	}
	o.least = cfg.cut() * largest
	return o
}

// Transfer returns H_k for the H*W frequencies of a channel, in the order of an unshifted transform. The caller must
// not write to it.
func (o *Blur) Transfer() []complex128 { return o.h }

// Apply writes the convolution of x with the PSF into dst.
func (o *Blur) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	o.planes.Filter(dst, x, func(_, k int) complex128 { return o.h[k] })
}

// Adjoint writes the correlation of y with the PSF into dst: it multiplies the transform of y by conj(H_k).
func (o *Blur) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.planes.Filter(dst, y, func(_, k int) complex128 { return cmplx.Conj(o.h[k]) })
}

// PseudoInverse divides the transform of y by H_k, and sets it to zero where |H_k| is at most Cut times the largest.
func (o *Blur) PseudoInverse(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.planes.Filter(dst, y, func(_, k int) complex128 {
		if o.singular[k] <= o.least {
			return 0
		}
		return 1 / o.h[k]
	})
}

// Singular returns |H_k| for each frequency of each channel.
func (o *Blur) Singular() []float64 { return o.singular }

// V writes the image with the real Fourier coordinates c into dst.
func (o *Blur) V(dst, c []float64) { o.synthesise(dst, c, nil) }

// Vt writes the real Fourier coordinates of x into dst, which undoes V.
func (o *Blur) Vt(dst, x []float64) { o.analyse(dst, x, nil) }

// U does what V does, with each frequency turned by the phase of H_k.
func (o *Blur) U(dst, c []float64) { o.synthesise(dst, c, o.phase) }

// Ut undoes U.
func (o *Blur) Ut(dst, y []float64) { o.analyse(dst, y, o.phase) }

func (o *Blur) synthesise(dst, c []float64, phase []complex128) {
	o.CheckV(dst, c)
	f := o.planes.Get()
	defer o.planes.Put(f)
	n := len(o.h)
	for i := 0; i < len(c); i += n {
		f.FromReal(c[i:][:n])
		for k, p := range phase {
			f.Z[k] *= p
		}
		f.Backward()
		f.Store(dst[i:][:n], f.Orthonormal())
	}
}

func (o *Blur) analyse(dst, x []float64, phase []complex128) {
	o.CheckV(dst, x)
	f := o.planes.Get()
	defer o.planes.Put(f)
	n := len(o.h)
	for i := 0; i < len(x); i += n {
		f.Load(x[i:][:n])
		f.Forward()
		for k, p := range phase {
			f.Z[k] *= cmplx.Conj(p)
		}
		f.ToReal(dst[i:][:n], f.Orthonormal())
	}
}
