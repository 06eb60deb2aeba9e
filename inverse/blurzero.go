package inverse

import (
	"math/cmplx"

	"tweedie/autodiff"
)

// BlurZero convolves every channel with one PSF as if zeros surrounded the image, and keeps the image's size
// ("same"). It pads the image to a plane on which nothing wraps around, convolves circularly there, and crops;
// padding and cropping are adjoint to each other.
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

// Name returns "blur".
func (o *BlurZero) Name() string { return "blur" }

// InShape returns the shape of an image, [C,H,W].
func (o *BlurZero) InShape() autodiff.Shape { return o.shape }

// OutShape returns the shape of a measurement, which is the image's.
func (o *BlurZero) OutShape() autodiff.Shape { return o.shape }

// Config returns the operator's description.
func (o *BlurZero) Config() Config { return o.cfg }

// Apply writes the convolution of x with the PSF into dst.
func (o *BlurZero) Apply(dst, x []float64) {
	checkApply(o, dst, x)
	o.filter(dst, x, false)
}

// Adjoint writes the correlation of y with the PSF into dst.
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
