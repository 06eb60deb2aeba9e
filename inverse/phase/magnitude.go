package phase

import (
	"math"
	"math/cmplx"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/fft"
)

// Magnitude measures what a detector sees of the Fourier transform z = F P D_l x of an image behind each of L masks:
//
//	magnitudes    y = sqrt(|z|^2 + eps^2)    VJP = Re sum_l (F P D_l)^H (ct z / y), with 0 for z / y where y = 0
//	intensities   y = |z|^2                  VJP = Re sum_l (F P D_l)^H (2 ct z)
//
// The JVP is Re conj(z / y) F P D_l v of the one, and Re conj(2 z) F P D_l v of the other.
//
// F is unitary, so that the intensities of a mask of magnitude 1 sum to |x|^2. Frequencies are in the order of an
// unshifted transform unless they are centred: then frequency zero lies at entry (rows/2, cols/2), rounded down.
type Magnitude struct {
	inverse.Base
	sees   detector
	masks  [][]complex128 // [L][H*W]; nil stands for ones
	planes *fft.Planes
}

// newMagnitude returns the operator that cfg describes, of planes that are padded as its detector says.
func newMagnitude(cfg inverse.Config, d detector, in, out autodiff.Shape, masks [][]complex128) *Magnitude {
	h, w := d.extents(in)
	return &Magnitude{Base: inverse.BaseOf(cfg, in, out), sees: d, masks: masks, planes: fft.NewPlanes(h, w)}
}

// each calls do for every channel of every mask: with a workspace that holds z, the mask, and the slices of an image
// and of a measurement that belong to it.
func (o *Magnitude) each(x []float64, do func(f *fft.Plane, mask []complex128, image, measured int)) {
	f := o.planes.Get()
	defer o.planes.Put(f)
	channels, n, width := o.InShape().Dim(0), o.InShape().Dim(1)*o.InShape().Dim(2), o.InShape().Dim(2)
	for l, mask := range o.masks {
		for c := range channels {
			clear(f.Z)
			for i, v := range x[c*n:][:n] {
				z := complex(v*f.Orthonormal(), 0)
				if mask != nil {
					z *= mask[i]
				}
				f.Z[i/width*f.W+i%width] = z
			}
			f.Forward()
			do(f, mask, c*n, (l*channels+c)*len(f.Z))
		}
	}
}

// place returns where a measured plane holds frequency k.
func (o *Magnitude) place(k int) int {
	if !o.sees.Centred {
		return k
	}
	h, w := o.planes.H, o.planes.W
	return (k/w+h/2)%h*w + (k%w+w/2)%w
}

// Apply writes the magnitudes or intensities of x into dst.
func (o *Magnitude) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	o.each(x, func(f *fft.Plane, _ []complex128, _, measured int) {
		for k, z := range f.Z {
			y := math.Hypot(cmplx.Abs(z), o.sees.Eps)
			if o.sees.Intensity {
				y = real(z)*real(z) + imag(z)*imag(z)
			}
			dst[measured+o.place(k)] = y
		}
	})
}

// slope returns the factor r of dy = Re conj(r z) dz.
func (o *Magnitude) slope(z complex128) float64 {
	if o.sees.Intensity {
		return 2
	}
	if y := math.Hypot(cmplx.Abs(z), o.sees.Eps); y > 0 {
		return 1 / y
	}
	return 0
}

// JVP sets dst = A'(x) v.
func (o *Magnitude) JVP(dst, x, v []float64) bool {
	o.CheckJVP(dst, x, v)
	along := make([]complex128, len(dst))
	o.each(x, func(f *fft.Plane, _ []complex128, _, measured int) {
		for k, z := range f.Z {
			along[measured+k] = cmplx.Conj(z) * complex(o.slope(z), 0)
		}
	})
	o.each(v, func(f *fft.Plane, _ []complex128, _, measured int) {
		for k, dz := range f.Z {
			dst[measured+o.place(k)] = real(along[measured+k] * dz)
		}
	})
	return true
}

// VJP sets dst = A'(x)^T ct.
func (o *Magnitude) VJP(dst, x, ct []float64) {
	o.CheckAdjoint(dst, ct)
	o.CheckAdjoint(x, ct)
	clear(dst)
	width := o.InShape().Dim(2)
	o.each(x, func(f *fft.Plane, mask []complex128, image, measured int) {
		for k, z := range f.Z {
			f.Z[k] = z * complex(o.slope(z)*ct[measured+o.place(k)], 0)
		}
		f.Backward()
		for i := range o.InShape().Dim(1) * width {
			z := f.Z[i/width*f.W+i%width]
			if mask != nil {
				z *= cmplx.Conj(mask[i])
			}
			dst[image+i] += real(z) * f.Orthonormal()
		}
	})
}
