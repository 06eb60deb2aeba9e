package optics

import (
	"slices"

	"tweedie/inverse"
)

// Inpaint measures the m kept pixels of an image. A measurement is their list [m], so that A consists of m rows of the
// identity, or with Multiply a whole image, so that A is the identity with its other rows set to zero. All m singular
// values are 1. A colour filter array is such a mask, whose measurement [1,H,W] lists one channel of every pixel.
type Inpaint struct {
	inverse.Base
	multiply bool  // a measurement has the image's shape
	order    []int // the kept pixels in the order of a measurement, then the missing ones
	kept     int
	ones     []float64
}

func newInpaint(base inverse.Base, multiply bool, kept, dropped []int) *Inpaint {
	return &Inpaint{Base: base, multiply: multiply, order: append(kept, dropped...), kept: len(kept),
		ones: slices.Repeat([]float64{1}, len(kept))}
}

// Kept returns the flat indices of the kept pixels in the order of a measurement, which is increasing but for a colour
// filter array. The caller must not write to it.
func (o *Inpaint) Kept() []int { return o.order[:o.kept] }

// at returns where a measurement holds the j-th kept pixel, whose index in an image is i.
func (o *Inpaint) at(j, i int) int {
	if o.multiply {
		return i
	}
	return j
}

// Apply writes the kept pixels of x into dst.
func (o *Inpaint) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	clear(dst)
	for j, i := range o.Kept() {
		dst[o.at(j, i)] = x[i]
	}
}

// Adjoint writes the measured pixels into their places in dst and zero into all others.
func (o *Inpaint) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	clear(dst)
	for j, i := range o.Kept() {
		dst[i] = y[o.at(j, i)]
	}
}

// PseudoInverse does what Adjoint does: A^T is the pseudo-inverse of a mask.
func (o *Inpaint) PseudoInverse(dst, y []float64) { o.Adjoint(dst, y) }

// GramDiagonal writes the weights w into the kept pixels of dst and zero into all others.
func (o *Inpaint) GramDiagonal(dst, w []float64) { o.Adjoint(dst, w) }

// Singular returns m ones.
func (o *Inpaint) Singular() []float64 { return o.ones }

// V writes the first m coordinates into the kept pixels, in the order of a measurement, and the rest into the missing ones,
// in the order of the image.
func (o *Inpaint) V(dst, c []float64) {
	o.CheckV(dst, c)
	for j, i := range o.order {
		dst[i] = c[j]
	}
}

// Vt undoes V.
func (o *Inpaint) Vt(dst, x []float64) {
	o.CheckV(dst, x)
	for j, i := range o.order {
		dst[j] = x[i]
	}
}

// U copies c to dst when a measurement lists the kept pixels, and does what V does with Multiply.
func (o *Inpaint) U(dst, c []float64) {
	if o.multiply {
		o.V(dst, c)
		return
	}
	o.CheckU(dst, c)
	copy(dst, c)
}

// Ut undoes U.
func (o *Inpaint) Ut(dst, y []float64) {
	if o.multiply {
		o.Vt(dst, y)
		return
	}
	o.U(dst, y)
}
