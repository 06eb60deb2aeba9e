package optics

import (
	"math/cmplx"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/fft"
)

// BlurPadded convolves every channel with one PSF where the image does not repeat. It extends the image to a larger
// plane, convolves circularly there, and crops: A = R C E with
//
//	zero      E pads with zeros until nothing wraps around; R keeps the image's own pixels
//	reflect   E makes one period 2H-2 x 2W-2 of the mirrored image; R keeps the image's own pixels
//	valid     E is the identity up to padding; R keeps the pixels at which the whole kernel lies inside the image
//
// Adjoint is E^T C^T R^T.
type BlurPadded struct {
	inverse.Base
	h          []complex128 // transfer function on the plane
	rows, cols []int        // image row or column in each of the plane's, -1 for none
	top, left  int          // where the measurement begins in the plane
	planes     *fft.Planes
}

func newBlurPadded(in autodiff.Shape, cfg BlurConfig, k kernel) *BlurPadded {
	o := &BlurPadded{}
	h, w := in.Dim(1), in.Dim(2)
	out := in
	switch cfg.Boundary {
	case "zero":
		k = k.within(h, w)
		o.rows, o.cols = padded(h, k.row, k.Rows), padded(w, k.col, k.Cols)
	case "reflect":
		o.rows, o.cols = mirrored(h), mirrored(w)
	case "valid":
		out = autodiff.S(in.Dim(0), h-k.Rows+1, w-k.Cols+1)
		o.top, o.left = k.Rows-1-k.row, k.Cols-1-k.col
		o.rows, o.cols = padded(h, 0, 1), padded(w, 0, 1)
	}
	o.Base = inverse.BaseOf(cfg, in, out)
	o.planes = fft.NewPlanes(len(o.rows), len(o.cols))
	f := o.planes.Get()
	o.h = transfer(f, k)
	o.planes.Put(f)
	return o
}

// padded places n pixels in a line on which a kernel of the given size and centre does not wrap around onto them.
func padded(n, centre, size int) []int {
	reach := min(max(centre, size-1-centre), n-1)
	place := make([]int, fft.Smooth(n+reach))
	for i := range place {
		place[i] = i
		if i >= n {
			place[i] = -1
		}
	}
	return place
}

// mirrored is one period of n pixels that are reflected about the first and the last.
func mirrored(n int) []int {
	place := make([]int, max(1, 2*n-2))
	for i := range place {
		place[i] = min(i, len(place)-i)
	}
	return place
}

// Apply writes the convolution of the extended x with the PSF into dst.
func (o *BlurPadded) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	o.planewise(dst, x, o.OutShape(), o.InShape(), func(f *fft.Plane, dst, x []float64, to, from int) {
		clear(f.Z)
		for i, r := range o.rows {
			for j, c := range o.cols {
				if r >= 0 && c >= 0 {
					f.Z[i*f.W+j] = complex(x[r*from+c], 0)
				}
			}
		}
		f.Forward()
		for k, v := range o.h {
			f.Z[k] *= v
		}
		f.Backward()
		for i := range dst {
			dst[i] = real(f.Z[(o.top+i/to)*f.W+o.left+i%to]) / float64(len(f.Z))
		}
	})
}

// Adjoint writes the correlation of y with the PSF into dst, in which the extension is folded back.
func (o *BlurPadded) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	clear(dst)
	o.planewise(dst, y, o.InShape(), o.OutShape(), func(f *fft.Plane, dst, y []float64, to, from int) {
		clear(f.Z)
		for i, v := range y {
			f.Z[(o.top+i/from)*f.W+o.left+i%from] = complex(v, 0)
		}
		f.Forward()
		for k, v := range o.h {
			f.Z[k] *= cmplx.Conj(v)
		}
		f.Backward()
		for i, r := range o.rows {
			for j, c := range o.cols {
				if r >= 0 && c >= 0 {
					dst[r*to+c] += real(f.Z[i*f.W+j]) / float64(len(f.Z))
				}
			}
		}
	})
}

// planewise calls do for every channel of dst and src, with a workspace and the widths of both.
func (o *BlurPadded) planewise(dst, src []float64, to, from autodiff.Shape, do func(f *fft.Plane, dst, src []float64, to, from int)) {
	f := o.planes.Get()
	defer o.planes.Put(f)
	n, m := to.Dim(1)*to.Dim(2), from.Dim(1)*from.Dim(2)
	for c := range to.Dim(0) {
		do(f, dst[c*n:][:n], src[c*m:][:m], to.Dim(2), from.Dim(2))
	}
}
