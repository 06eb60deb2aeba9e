package inverse

import (
	"math/cmplx"

	"tweedie/autodiff"
)

// BlurZero is a convolution that sees zeros outside the image and keeps its size ("same"): a circular one on a
// plane large enough that nothing wraps, between padding and its adjoint, cropping.
type BlurZero struct {
	shape  autodiff.Shape
	cfg    BlurConfig
	h      []complex128 // transfer function on the padded plane
	planes *planes
}

func newBlurZero(in autodiff.Shape, cfg BlurConfig, psf PSF) *BlurZero {
	o := &BlurZero{shape: in, cfg: cfg}
	o.planes = newPlanes(smooth(in.Dim(1)+psf.Rows-1), smooth(in.Dim(2)+psf.Cols-1))
	f := o.planes.get()
	o.h = transfer(f, psf)
	o.planes.put(f)
	return o
}

// Name is "blur".
func (o *BlurZero) Name() string { return "blur" }

// InShape is [C,H,W].
func (o *BlurZero) InShape() autodiff.Shape { return o.shape }

// OutShape is InShape.
func (o *BlurZero) OutShape() autodiff.Shape { return o.shape }

// Config describes the operator.
func (o *BlurZero) Config() Config { return o.cfg }

// Apply sets dst to the convolution of x with the PSF.
func (o *BlurZero) Apply(dst, x []float64) {
	checkApply(o, dst, x)
	o.filter(dst, x, false)
}

// Adjoint correlates y with the PSF.
func (o *BlurZero) Adjoint(dst, y []float64) {
	checkAdjoint(o, dst, y)
	o.filter(dst, y, true)
}

func (o *BlurZero) filter(dst, x []float64, conjugate bool) {
	f := o.planes.get()
	defer o.planes.put(f)
	h, w := o.shape.Dim(1), o.shape.Dim(2)
	for c := 0; c < len(x); c += h * w {
		clear(f.z)
		for i := range h * w {
			f.z[i/w*f.w+i%w] = complex(x[c+i], 0)
		}
		f.forward()
		for k, v := range o.h {
			if conjugate {
				v = cmplx.Conj(v)
			}
			f.z[k] *= v
		}
		f.backward()
		for i := range h * w {
			dst[c+i] = real(f.z[i/w*f.w+i%w]) / float64(f.h*f.w)
		}
	}
}
