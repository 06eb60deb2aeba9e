package inverse

import (
	"math/cmplx"

	"tweedie/autodiff"
)

// Blur is a circular convolution of every channel with one PSF: A = F^H diag(H) F with the unitary 2-D transform F
// and the kernel's transform H. In the real Fourier basis V the singular values are |H_k|, and U is V turned by the
// phase of H_k.
type Blur struct {
	shape    autodiff.Shape
	cfg      BlurConfig
	h        []complex128 // transfer function of one channel
	phase    []complex128 // H/|H|, 1 where H = 0
	singular []float64    // |H| for every channel
	least    float64      // singular values up to this count as zero in the pseudo-inverse
	planes   *planes
}

// transfer is the transform of a PSF placed with its centre at the origin of a circular plane.
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

// Name is "blur".
func (o *Blur) Name() string { return "blur" }

// InShape is [C,H,W].
func (o *Blur) InShape() autodiff.Shape { return o.shape }

// OutShape is InShape.
func (o *Blur) OutShape() autodiff.Shape { return o.shape }

// Config describes the operator.
func (o *Blur) Config() Config { return o.cfg }

// Transfer is H_k for the H*W frequencies of a channel in the order of an unshifted transform; not to be written to.
func (o *Blur) Transfer() []complex128 { return o.h }

// filter sets dst to x with every channel's transform multiplied by g(k).
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

// Apply sets dst to the convolution of x with the PSF.
func (o *Blur) Apply(dst, x []float64) {
	checkApply(o, dst, x)
	o.filter(dst, x, func(k int) complex128 { return o.h[k] })
}

// Adjoint correlates y with the PSF: the conjugate transfer function.
func (o *Blur) Adjoint(dst, y []float64) {
	checkAdjoint(o, dst, y)
	o.filter(dst, y, func(k int) complex128 { return cmplx.Conj(o.h[k]) })
}

// PseudoInverse divides by H_k, and gives zero where |H_k| is at most Cut of the largest.
func (o *Blur) PseudoInverse(dst, y []float64) {
	checkAdjoint(o, dst, y)
	o.filter(dst, y, func(k int) complex128 {
		if o.singular[k] <= o.least {
			return 0
		}
		return 1 / o.h[k]
	})
}

// Singular is |H_k| for every channel.
func (o *Blur) Singular() []float64 { return o.singular }

// V sets dst to the image with the real Fourier coordinates c.
func (o *Blur) V(dst, c []float64) { o.synthesise(dst, c, nil) }

// Vt is the inverse of V.
func (o *Blur) Vt(dst, x []float64) { o.analyse(dst, x, nil) }

// U is V with the phases of the transfer function.
func (o *Blur) U(dst, c []float64) { o.synthesise(dst, c, o.phase) }

// Ut is the inverse of U.
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
