package problem

import (
	"context"
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// measurementOf reads what an operator measured, in the operator's own layout. Axes of one element do not count, and
// where the operator gives a list any array of its length will do. Complex numbers, as numpy's FFT gives them, are
// taken where the operator measures such: as complex numbers, or as real ones whose first axis of two holds real and
// imaginary parts, or else whose last one does.
func measurementOf(ctx context.Context, a *Array, op inverse.Operator, use Use) ([]float64, error) {
	out := op.OutShape()
	use.Gray = out.Rank() < 3 || out.Dim(0) == 1
	v, err := a.Read(ctx, use)
	if err != nil {
		return nil, err
	}
	if last := len(v.Shape) - 1; !v.Complex && last >= 0 && v.Shape[last] == 2 && !sameShape(v.Shape, out.Dims(nil)) {
		if pairs, ok := inverse.ComplexShape(op); ok && sizeOf(v.Shape) == 2*pairs.Size() {
			v.Complex, v.Shape = true, v.Shape[:last]
		}
	}
	y := v.Data
	if v.Complex {
		y, err = complexMeasurement(v.Shape, y, op)
	} else {
		err = checkMeasurement(v.Shape, op)
	}
	if err != nil {
		return nil, fmt.Errorf("%s holds %w", a.Name(), err)
	}
	return y, nil
}

// checkMeasurement compares the shape of a real array with what an operator measures.
func checkMeasurement(have []int, op inverse.Operator) error {
	want := op.OutShape()
	pairs, isComplex := inverse.ComplexShape(op)
	list := want.Rank() == 1 && !isComplex
	flat := len(have) == 1 && !isComplex
	switch n := sizeOf(have); {
	case sameShape(have, want.Dims(nil)), (list || flat) && n == want.Size():
		return nil
	case isComplex:
		return fmt.Errorf("an array of shape %v; it must be %v, real parts before imaginary parts, or %v with pairs of both along a last axis of 2, or complex numbers of that shape", autodiff.S(have...), want, pairs)
	case n == want.Size():
		return fmt.Errorf("an array of shape %v; it must be %v: the order of the axes is another", autodiff.S(have...), want)
	}
	return fmt.Errorf("an array of shape %v; it must be %v", autodiff.S(have...), want)
}

// complexMeasurement turns complex numbers of a shape, given as (re, im) pairs, into the measurement of an operator.
// Frequencies of a whole transform may be given as planes, row by row.
func complexMeasurement(have []int, pairs []float64, op inverse.Operator) ([]float64, error) {
	want, ok := inverse.ComplexShape(op)
	if !ok {
		return nil, fmt.Errorf("complex numbers of shape %v; what %s measures is real, of shape %v: take the real part or the modulus if that is what was measured", autodiff.S(have...), op.Name(), op.OutShape())
	}
	if planes := op.InShape(); sameShape(have, want.Dims(nil)) || want.Size() == planes.Size() && sameShape(have, planes.Dims(nil)) {
		return inverse.SplitComplex(pairs), nil
	}
	return nil, fmt.Errorf("complex numbers of shape %v; %s measures %v of them, [channels, frequencies]: keep the frequencies that the operator keeps, in the order of an unshifted transform", autodiff.S(have...), op.Name(), want)
}

// sameShape compares shapes without their axes of one element.
func sameShape(a, b []int) bool {
	one := func(n int) bool { return n == 1 }
	return slices.Equal(slices.DeleteFunc(slices.Clone(a), one), slices.DeleteFunc(slices.Clone(b), one))
}

// sizeOf is the number of elements of an array that is in memory.
func sizeOf(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
