package optics

import (
	"math"
	"slices"

	"tweedie/inverse"
)

// Gray mixes the channels of every pixel, so that a measurement of an image [C,H,W] is [1,H,W]. Every singular value is
// the length |w| of the weights. Within a pixel, V is the Householder reflection that exchanges the first channel and
// w/|w|; its other columns are the colours that a gray picture does not see. U = I.
type Gray struct {
	inverse.Base
	w, unit  []float64 // weights, and divided by their length
	length   float64
	singular []float64
}

func newGray(base inverse.Base, w []float64) *Gray {
	o := &Gray{Base: base, w: w, unit: make([]float64, len(w))}
	for _, v := range w {
		o.length = math.Hypot(o.length, v)
	}
	for c, v := range w {
		o.unit[c] = v / o.length
	}
	o.singular = slices.Repeat([]float64{o.length}, base.OutShape().Size())
	return o
}

// Apply writes the mixed channels of x into dst.
func (o *Gray) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for i := range dst {
		sum := 0.0
		for c, w := range o.w {
			sum += w * x[c*len(dst)+i]
		}
		dst[i] = sum
	}
}

// Adjoint writes w_c y into every channel of dst.
func (o *Gray) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.spread(dst, y, o.w, 1)
}

// PseudoInverse writes w_c y / |w|^2 into every channel of dst: the least colourful image that looks like y.
func (o *Gray) PseudoInverse(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.spread(dst, y, o.unit, 1/o.length)
}

func (o *Gray) spread(dst, y, w []float64, scale float64) {
	for c, v := range w {
		for i, p := range y {
			dst[c*len(y)+i] = v * p * scale
		}
	}
}

// Singular returns |w| for every pixel.
func (o *Gray) Singular() []float64 { return o.singular }

// V sets dst = V c. The first H*W coordinates are along the weights; C-1 planes of null coordinates follow.
func (o *Gray) V(dst, c []float64) {
	o.CheckV(dst, c)
	o.reflect(dst, c)
}

// Vt undoes V. A reflection is its own inverse.
func (o *Gray) Vt(dst, x []float64) { o.V(dst, x) }

// U sets dst = c.
func (o *Gray) U(dst, c []float64) {
	o.CheckU(dst, c)
	copy(dst, c)
}

// Ut sets dst = y.
func (o *Gray) Ut(dst, y []float64) { o.U(dst, y) }

// reflect applies I - 2 v v^T/|v|^2 with v = e_1 - w/|w| to the channels of every pixel.
func (o *Gray) reflect(dst, x []float64) {
	copy(dst, x)
	norm := 2 - 2*o.unit[0] // |v|^2
	if norm == 0 {
		return
	}
	n := len(o.singular)
	for i := range n {
		dot := x[i]
		for c, u := range o.unit {
			dot -= u * x[c*n+i]
		}
		f := 2 * dot / norm
		dst[i] -= f
		for c, u := range o.unit {
			dst[c*n+i] += f * u
		}
	}
}
