package optics

import (
	"math/cmplx"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/fft"
)

// BlurZero convolves every channel with one PSF as if zeros surrounded the image, and keeps the image's size
// ("same"). It pads the image to a plane on which nothing wraps around, convolves circularly there, and crops;
// padding and cropping are adjoint to each other.
type BlurZero struct {
	inverse.Base
	h      []complex128 // transfer function on the padded plane
	planes *fft.Planes
}

func newBlurZero(in autodiff.Shape, cfg BlurConfig, psf PSF) *BlurZero {
	o := &BlurZero{Base: inverse.BaseOf(cfg, in, in)}
	o.planes = fft.NewPlanes(fft.Smooth(in.Dim(1)+psf.Rows-1), fft.Smooth(in.Dim(2)+psf.Cols-1))
	f := o.planes.Get()
	o.h = transfer(f, psf)
	o.planes.Put(f)
	return o
}

// Apply writes the convolution of x with the PSF into dst.
func (o *BlurZero) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	o.filter(dst, x, false)
}

// Adjoint writes the correlation of y with the PSF into dst.
func (o *BlurZero) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.filter(dst, y, true)
}

func (o *BlurZero) filter(dst, x []float64, conjugate bool) {
	f := o.planes.Get()
	defer o.planes.Put(f)
	h, w := o.InShape().Dim(1), o.InShape().Dim(2)
	for c := 0; c < len(x); c += h * w {
		clear(f.Z)
		for i := range h * w {
			f.Z[i/w*f.W+i%w] = complex(x[c+i], 0)
		}
		f.Forward()
		for k, v := range o.h {
			if conjugate {
				v = cmplx.Conj(v)
			}
			f.Z[k] *= v
		}
		f.Backward()
		for i := range h * w {
			dst[c+i] = real(f.Z[i/w*f.W+i%w]) / float64(f.H*f.W)
		}
	}
}
