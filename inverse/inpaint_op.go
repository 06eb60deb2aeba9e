package inverse

import "tweedie/autodiff"

// Inpaint reads the kept pixels of an image: A is a choice of m rows of the identity, or the identity with its
// other rows set to zero (Multiply). The singular values are m ones.
type Inpaint struct {
	shape autodiff.Shape
	cfg   InpaintConfig
	order []int // the kept pixels in the image's order, then the missing ones
	kept  int
	ones  []float64
}

// Name is "inpaint".
func (o *Inpaint) Name() string { return "inpaint" }

// InShape is the image's shape [C,H,W].
func (o *Inpaint) InShape() autodiff.Shape { return o.shape }

// OutShape is [m], or the image's shape with Multiply.
func (o *Inpaint) OutShape() autodiff.Shape {
	if o.cfg.Multiply {
		return o.shape
	}
	return autodiff.S(o.kept)
}

// Config describes the operator.
func (o *Inpaint) Config() Config { return o.cfg }

// Kept lists the kept pixels as flat indices in increasing order; the caller must not write to it.
func (o *Inpaint) Kept() []int { return o.order[:o.kept] }

// at is the place of kept pixel j, image index i, in a measurement.
func (o *Inpaint) at(j, i int) int {
	if o.cfg.Multiply {
		return i
	}
	return j
}

// Apply sets dst to the kept pixels of x.
func (o *Inpaint) Apply(dst, x []float64) {
	checkApply(o, dst, x)
	clear(dst)
	for j, i := range o.Kept() {
		dst[o.at(j, i)] = x[i]
	}
}

// Adjoint puts the kept pixels back in their places and zero elsewhere.
func (o *Inpaint) Adjoint(dst, y []float64) {
	checkAdjoint(o, dst, y)
	clear(dst)
	for j, i := range o.Kept() {
		dst[i] = y[o.at(j, i)]
	}
}

// PseudoInverse is Adjoint.
func (o *Inpaint) PseudoInverse(dst, y []float64) { o.Adjoint(dst, y) }

// GramDiagonal is w on the kept pixels and zero elsewhere, as A^T puts it.
func (o *Inpaint) GramDiagonal(dst, w []float64) { o.Adjoint(dst, w) }

// Singular is m ones.
func (o *Inpaint) Singular() []float64 { return o.ones }

// V puts the first m coordinates on the kept pixels and the rest on the missing ones, each in the image's order.
func (o *Inpaint) V(dst, c []float64) {
	checkLen(o.Name(), "dst", len(dst), len(o.order))
	checkLen(o.Name(), "c", len(c), len(o.order))
	for j, i := range o.order {
		dst[i] = c[j]
	}
}

// Vt is the inverse of V.
func (o *Inpaint) Vt(dst, x []float64) {
	checkLen(o.Name(), "dst", len(dst), len(o.order))
	checkLen(o.Name(), "x", len(x), len(o.order))
	for j, i := range o.order {
		dst[j] = x[i]
	}
}

// U is the identity on lists of kept pixels, and V with Multiply.
func (o *Inpaint) U(dst, c []float64) {
	if o.cfg.Multiply {
		o.V(dst, c)
		return
	}
	checkLen(o.Name(), "dst", len(dst), o.kept)
	checkLen(o.Name(), "c", len(c), o.kept)
	copy(dst, c)
}

// Ut is the inverse of U.
func (o *Inpaint) Ut(dst, y []float64) {
	if o.cfg.Multiply {
		o.Vt(dst, y)
		return
	}
	o.U(dst, y)
}
