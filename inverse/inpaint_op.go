package inverse

import "tweedie/autodiff"

// Inpaint measures the kept pixels of an image. A consists of m rows of the identity or, with Multiply, of the
// identity with its other rows set to zero. All m singular values are 1.
type Inpaint struct {
	shape autodiff.Shape
	cfg   InpaintConfig
	order []int // the kept pixels in the image's order, then the missing ones
	kept  int
	ones  []float64
}

// Name returns "inpaint".
func (o *Inpaint) Name() string { return "inpaint" }

// InShape returns the shape of an image, [C,H,W].
func (o *Inpaint) InShape() autodiff.Shape { return o.shape }

// OutShape returns the shape of a measurement: [m], or with Multiply the image's.
func (o *Inpaint) OutShape() autodiff.Shape {
	if o.cfg.Multiply {
		return o.shape
	}
	return autodiff.S(o.kept)
}

// Config returns the operator's description.
func (o *Inpaint) Config() Config { return o.cfg }

// Kept returns the flat indices of the kept pixels in increasing order. The caller must not write to it.
func (o *Inpaint) Kept() []int { return o.order[:o.kept] }

// at returns where a measurement holds the j-th kept pixel, whose index in an image is i.
func (o *Inpaint) at(j, i int) int {
	if o.cfg.Multiply {
		return i
	}
	return j
}

// Apply writes the kept pixels of x into dst.
func (o *Inpaint) Apply(dst, x []float64) {
	checkApply(o, dst, x)
	clear(dst)
	for j, i := range o.Kept() {
		dst[o.at(j, i)] = x[i]
	}
}

// Adjoint writes the measured pixels into their places in dst and zero into all others.
func (o *Inpaint) Adjoint(dst, y []float64) {
	checkAdjoint(o, dst, y)
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

// V writes the first m coordinates into the kept pixels and the rest into the missing ones, each in the image's
// order.
func (o *Inpaint) V(dst, c []float64) {
	checkLen(o.Name(), "dst", len(dst), len(o.order))
	checkLen(o.Name(), "c", len(c), len(o.order))
	for j, i := range o.order {
		dst[i] = c[j]
	}
}

// Vt undoes V.
func (o *Inpaint) Vt(dst, x []float64) {
	checkLen(o.Name(), "dst", len(dst), len(o.order))
	checkLen(o.Name(), "x", len(x), len(o.order))
	for j, i := range o.order {
		dst[j] = x[i]
	}
}

// U copies c to dst when a measurement lists the kept pixels, and does what V does with Multiply.
func (o *Inpaint) U(dst, c []float64) {
	if o.cfg.Multiply {
		o.V(dst, c)
		return
	}
	checkLen(o.Name(), "dst", len(dst), o.kept)
	checkLen(o.Name(), "c", len(c), o.kept)
	copy(dst, c)
}

// Ut undoes U.
func (o *Inpaint) Ut(dst, y []float64) {
	if o.cfg.Multiply {
		o.Vt(dst, y)
		return
	}
	o.U(dst, y)
}
