package optics

import (
	"slices"

	"tweedie/inverse"
	"tweedie/inverse/internal/fft"
)

// Hadamard measures m coefficients of the Walsh-Hadamard transform of every channel, [C,m]: A = S H D with the orthogonal
// transform H, the choice S of rows and the signs D. Rows are orthonormal, so that all singular values are 1, A+ = A^T,
// V = D H with its columns in the order of the choice, and U = I.
type Hadamard struct {
	inverse.Base
	pixels int       // of a channel
	order  []int     // coefficients of all channels: those measured, then the others
	signs  []float64 // of a channel's pixels, nil for none
	ones   []float64
}

func newHadamard(base inverse.Base, keep []int, signs []float64) *Hadamard {
	in := base.InShape()
	o := &Hadamard{Base: base, pixels: in.Dim(1) * in.Dim(2), signs: signs, ones: slices.Repeat([]float64{1}, base.OutShape().Size())}
	measured := make([]bool, in.Size())
	for c := range in.Dim(0) {
		for _, k := range keep {
			at := c*o.pixels + k
			o.order, measured[at] = append(o.order, at), true
		}
	}
	for at, ok := range measured {
		if !ok {
			o.order = append(o.order, at)
		}
	}
	return o
}

// transform returns H D x.
func (o *Hadamard) transform(x []float64) []float64 {
	z := slices.Clone(x)
	o.sign(z)
	for i := 0; i < len(z); i += o.pixels {
		fft.Hadamard(z[i:][:o.pixels])
	}
	return z
}

// synthesise sets dst = D H z for the coefficients of which c holds the first ones in the order of V.
func (o *Hadamard) synthesise(dst, c []float64) {
	clear(dst)
	for i, v := range c {
		dst[o.order[i]] = v
	}
	for i := 0; i < len(dst); i += o.pixels {
		fft.Hadamard(dst[i:][:o.pixels])
	}
	o.sign(dst)
}

// sign multiplies the pixels of every channel by their signs.
func (o *Hadamard) sign(x []float64) {
	for i := range x {
		if o.signs != nil {
			x[i] *= o.signs[i%o.pixels]
		}
	}
}

// Apply writes the measured coefficients of x into dst.
func (o *Hadamard) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	z := o.transform(x)
	for i := range dst {
		dst[i] = z[o.order[i]]
	}
}

// Adjoint writes the sum of the patterns, each times its datum, into dst.
func (o *Hadamard) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.synthesise(dst, y)
}

// PseudoInverse does what Adjoint does.
func (o *Hadamard) PseudoInverse(dst, y []float64) { o.Adjoint(dst, y) }

// Singular returns m ones for each channel.
func (o *Hadamard) Singular() []float64 { return o.ones }

// V writes the image with the coefficients c into dst. The measured ones come first.
func (o *Hadamard) V(dst, c []float64) {
	o.CheckV(dst, c)
	o.synthesise(dst, c)
}

// Vt undoes V.
func (o *Hadamard) Vt(dst, x []float64) {
	o.CheckV(dst, x)
	z := o.transform(x)
	for i, at := range o.order {
		dst[i] = z[at]
	}
}

// U sets dst = c.
func (o *Hadamard) U(dst, c []float64) {
	o.CheckU(dst, c)
	copy(dst, c)
}

// Ut sets dst = y.
func (o *Hadamard) Ut(dst, y []float64) { o.U(dst, y) }
