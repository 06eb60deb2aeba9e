package inverse

import (
	"math/cmplx"

	"tweedie/autodiff"
)

// Blur convolves every channel circularly with one PSF: A = F^H diag(H) F, where F is the unitary 2-D transform and H
// the transform of the kernel. V is the real Fourier basis, the singular values are |H_k|, and U is V with the phase
// of H_k applied to each frequency.
type Blur struct {
	shape    autodiff.Shape
	cfg      BlurConfig
	h        []complex128 // transfer function of one channel
	phase    []complex128 // H/|H|, 1 where H = 0
	singular []float64    // |H| for every channel
	least    float64      // singular values up to this count as zero in the pseudo-inverse
	planes   *planes
}

// transfer returns the transform of a PSF whose centre lies at the origin of a circular plane.
func transfer(f *plane, psf PSF) []complex128 {
	clear(f.z)
	for i, v := range psf.Data {
		r, c := i/psf.Cols-psf.Rows/2, i%psf.Cols-psf.Cols/2
		f.z[((r%f.h)+f.h)%f.h*f.w+((c%f.w)+f.w)%f.w] += complex(v, 0)
	}
	f.forward()
	h := append([]complex128(nil), f.z...)
	for k, v := range h {
		if m := negated(k, f.h, f.w); m == k {
			h[k] = complex(real(v), 0)
		} else if k < m {
			h[m] = cmplx.Conj(v)
		}
	}
	return h
}

func newBlur(in autodiff.Shape, cfg BlurConfig, psf PSF) *Blur {
	o := &Blur{shape: in, cfg: cfg, planes: newPlanes(in.Dim(1), in.Dim(2))}
	f := o.planes.get()
	o.h = transfer(f, psf)
	o.planes.put(f)
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
	o.least = cfg.Cut
	if o.least == 0 {
		o.least = relativeCut
	}
	o.least *= largest
	return o
}

// Name returns "blur".
func (o *Blur) Name() string { return "blur" }

// InShape returns the shape of an image, [C,H,W].
func (o *Blur) InShape() autodiff.Shape { return o.shape }

// OutShape returns the shape of a measurement, which is the image's.
func (o *Blur) OutShape() autodiff.Shape { return o.shape }

// Config returns the operator's description.
func (o *Blur) Config() Config { return o.cfg }

// Transfer returns H_k for the H*W frequencies of a channel, in the order of an unshifted transform. The caller must
// not write to it.
func (o *Blur) Transfer() []complex128 { return o.h }

// filter multiplies every channel's transform of x by g(k) and writes the resulting image into dst.
func (o *Blur) filter(dst, x []float64, g func(k int) complex128) {
	f := o.planes.get()
	defer o.planes.put(f)
	n := len(o.h)
	for c := 0; c < len(x); c += n {
		f.load(x[c:][:n])
		f.forward()
		for k := range f.z {
			f.z[k] *= g(k)
		}
		f.backward()
		f.store(dst[c:][:n], 1/float64(n))
	}
}

// Apply writes the convolution of x with the PSF into dst.
func (o *Blur) Apply(dst, x []float64) {
	checkApply(o, dst, x)
	o.filter(dst, x, func(k int) complex128 { return o.h[k] })
}

// Adjoint writes the correlation of y with the PSF into dst: it multiplies the transform of y by conj(H_k).
func (o *Blur) Adjoint(dst, y []float64) {
	checkAdjoint(o, dst, y)
	o.filter(dst, y, func(k int) complex128 { return cmplx.Conj(o.h[k]) })
}

// PseudoInverse divides the transform of y by H_k, and sets it to zero where |H_k| is at most Cut times the largest.
func (o *Blur) PseudoInverse(dst, y []float64) {
	checkAdjoint(o, dst, y)
	o.filter(dst, y, func(k int) complex128 {
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
	checkLen(o.Name(), "dst", len(dst), o.shape.Size())
	checkLen(o.Name(), "c", len(c), o.shape.Size())
	f := o.planes.get()
	defer o.planes.put(f)
	n := len(o.h)
	for i := 0; i < len(c); i += n {
		f.fromReal(c[i:][:n])
		for k, p := range phase {
			f.z[k] *= p
		}
		f.backward()
		f.store(dst[i:][:n], f.orthonormal())
	}
}

func (o *Blur) analyse(dst, x []float64, phase []complex128) {
	checkLen(o.Name(), "dst", len(dst), o.shape.Size())
	checkLen(o.Name(), "x", len(x), o.shape.Size())
	f := o.planes.get()
	defer o.planes.put(f)
	n := len(o.h)
	for i := 0; i < len(x); i += n {
		f.load(x[i:][:n])
		f.forward()
		for k, p := range phase {
			f.z[k] *= cmplx.Conj(p)
		}
		f.toReal(dst[i:][:n], f.orthonormal())
	}
}
