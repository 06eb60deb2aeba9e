package inverse

import (
	"fmt"

	"tweedie/autodiff"
)

// Base is the part that operators have in common: a name, two shapes and a description. An operator that embeds one
// has all methods of Operator but Apply, is Described, and can check the lengths of its arguments.
type Base struct {
	name    string
	in, out autodiff.Shape
	config  Config
}

// NewBase returns the base of an operator without a description: Config returns nil, so that it cannot be encoded.
// BaseOf returns the base of one that a Config describes.
func NewBase(name string, in, out autodiff.Shape) Base { return Base{name: name, in: in, out: out} }

// BaseOf returns the base of the operator that c builds for images of shape in. The kind of c is its name.
func BaseOf(c Config, in, out autodiff.Shape) Base {
	return Base{name: c.Kind(), in: in, out: out, config: c}
}

// Name returns the kind of operator.
func (b *Base) Name() string { return b.name }

// InShape returns the shape of an image.
func (b *Base) InShape() autodiff.Shape { return b.in }

// OutShape returns the shape of a measurement.
func (b *Base) OutShape() autodiff.Shape { return b.out }

// Config returns the description, or nil when there is none.
func (b *Base) Config() Config { return b.config }

// CheckApply panics with a *autodiff.ShapeError unless dst holds a measurement and x an image, as for Apply.
func (b *Base) CheckApply(dst, x []float64) {
	checkLen(b.name, "dst", len(dst), b.out.Size())
	checkLen(b.name, "x", len(x), b.in.Size())
}

// CheckAdjoint panics with a *autodiff.ShapeError unless dst holds an image and y a measurement, as for Adjoint.
func (b *Base) CheckAdjoint(dst, y []float64) {
	checkLen(b.name, "dst", len(dst), b.in.Size())
	checkLen(b.name, "y", len(y), b.out.Size())
}

// CheckV panics with a *autodiff.ShapeError unless dst and c both hold as many numbers as an image, as for V and Vt.
func (b *Base) CheckV(dst, c []float64) {
	checkLen(b.name, "dst", len(dst), b.in.Size())
	checkLen(b.name, "c", len(c), b.in.Size())
}

// CheckU panics with a *autodiff.ShapeError unless dst and c both hold as many numbers as a measurement, as for U and
// Ut.
func (b *Base) CheckU(dst, c []float64) {
	checkLen(b.name, "dst", len(dst), b.out.Size())
	checkLen(b.name, "c", len(c), b.out.Size())
}

// checkLen panics with a *autodiff.ShapeError unless the slice called arg holds as many numbers as it must.
func checkLen(op, arg string, got, want int) {
	if got != want {
		panic(&autodiff.ShapeError{Op: op, Msg: fmt.Sprintf("%s has %d entries where %d belong", arg, got, want)})
	}
}
