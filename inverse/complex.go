package inverse

import "tweedie/autodiff"

// ComplexValued is an Operator that may measure complex numbers. Its measurement is real all the same: real parts
// come first, then imaginary parts, so that OutShape is [2, ...] with ComplexShape behind the 2.
type ComplexValued interface {
	Operator
	// ComplexShape returns the shape of the complex numbers; ok is false when the measurement is real.
	ComplexShape() (shape autodiff.Shape, ok bool)
}

// ComplexShape returns the shape of the complex numbers that op measures; ok is false when what it measures is real.
func ComplexShape(op Operator) (shape autodiff.Shape, ok bool) {
	if c, is := op.(ComplexValued); is {
		return c.ComplexShape()
	}
	return autodiff.Shape{}, false
}

// SplitComplex returns a measurement of complex numbers, given as (re, im) pairs in row-major order, in the layout of
// an operator that is ComplexValued: all real parts, then all imaginary parts. It ignores the last number of an odd
// count.
func SplitComplex(pairs []float64) []float64 {
	n := len(pairs) / 2
	y := make([]float64, 2*n)
	for i := range n {
		y[i], y[n+i] = pairs[2*i], pairs[2*i+1]
	}
	return y
}

// ComplexShape returns the shape of the complex numbers that A measures.
func (o *Scaled) ComplexShape() (autodiff.Shape, bool) { return ComplexShape(o.op) }

// ComplexShape returns the shape of the complex numbers that the last operator measures.
func (o *Composition) ComplexShape() (autodiff.Shape, bool) {
	return ComplexShape(o.ops[len(o.ops)-1])
}

// ComplexShape returns the shape of the complex numbers that the last operator measures.
func (o *composedDifferentiable) ComplexShape() (autodiff.Shape, bool) {
	return ComplexShape(o.ops[len(o.ops)-1])
}

// ComplexShape returns the shape of the complex numbers that A measures.
func (o *scaledDifferentiable) ComplexShape() (autodiff.Shape, bool) { return ComplexShape(o.op) }
