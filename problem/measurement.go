package problem

import (
	"context"
	"fmt"
	"slices"

	"tweedie/internal/arrays"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// measurementOf reads what an operator measured, in the operator's own layout. Axes of one element do not count, and
// where the operator gives a list any array of its length will do. Complex numbers, as numpy's FFT gives them, are
// taken where the operator measures such: as complex numbers, or as real ones whose first axis of two holds real and
// imaginary parts, or else whose last one does.
func measurementOf(ctx context.Context, a *Array, op inverse.Operator, use Use) ([]float64, error) {
	use.Gray = grayOf(op)
	use.Judge = func(shape []int, isComplex bool) error {
		check := checkMeasurement
		if shape, isComplex = pairsOf(shape, isComplex, op); isComplex {
			check = checkComplex
		}
		if err := check(shape, op); err != nil {
			return fmt.Errorf("%s holds %w", a.Name(), err)
		}
		return nil
	}
	v, err := a.Read(ctx, use)
	if err != nil {
		return nil, err
	}
	if _, isComplex := pairsOf(v.Shape, v.Complex, op); isComplex {
		return inverse.SplitComplex(v.Data), nil
	}
	return v.Data, nil
}

// pairsOf returns the shape of the complex numbers that an array holds for op: one of real numbers whose last axis holds real and
// imaginary parts becomes one of complex numbers.
func pairsOf(shape []int, isComplex bool, op inverse.Operator) ([]int, bool) {
	if last := len(shape) - 1; !isComplex && last >= 0 && shape[last] == 2 && !sameShape(shape, op.OutShape().Dims(nil)) {
		if pairs, ok := inverse.ComplexShape(op); ok && sizeOf(shape) == 2*pairs.Size() {
			return shape[:last], true
		}
	}
	return shape, isComplex
}

// grayOf reports whether what an operator measures has one channel, so that colours of a picture of it become luma.
func grayOf(op inverse.Operator) bool {
	out := op.OutShape()
	return out.Rank() < 3 || out.Dim(0) == 1
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
		return fmt.Errorf("an array of shape %s; it must be %v, real parts before imaginary parts, or %v with pairs of both along a last axis of 2, or complex numbers of that shape", arrays.Extents(have), want, pairs)
	case n == want.Size():
		return fmt.Errorf("an array of shape %s; it must be %v: the order of the axes is another", arrays.Extents(have), want)
	case op.Name() == "inpaint" && n == op.InShape().Size():
		return fmt.Errorf("an array of shape %s; it must be the list %v of the pixels that are kept, x[mask] in numpy: save that, or give the whole picture with the operator identity and the mask as \"mask\"", arrays.Extents(have), want)
	}
	return fmt.Errorf("an array of shape %s; it must be %v", arrays.Extents(have), want)
}

// checkComplex compares the shape of complex numbers with what an operator measures. Frequencies of a whole transform may be
// given as planes, row by row.
func checkComplex(have []int, op inverse.Operator) error {
	want, ok := inverse.ComplexShape(op)
	if !ok {
		return fmt.Errorf("complex numbers of shape %s; what %s measures is real, of shape %v: take the real part or the modulus if that is what was measured", arrays.Extents(have), op.Name(), op.OutShape())
	}
	if planes := op.InShape(); sameShape(have, want.Dims(nil)) || want.Size() == planes.Size() && sameShape(have, planes.Dims(nil)) {
		return nil
	}
	return fmt.Errorf("complex numbers of shape %s; %s measures %v of them, [channels, frequencies]: keep the frequencies that the operator keeps, in the order of an unshifted transform", arrays.Extents(have), op.Name(), want)
}

// sameShape compares shapes without their axes of one element.
func sameShape(a, b []int) bool {
	one := func(n int) bool { return n == 1 }
	return slices.Equal(slices.DeleteFunc(slices.Clone(a), one), slices.DeleteFunc(slices.Clone(b), one))
}

// sizeOf is the number of elements of an array; -1 when it is beyond all that can be held.
func sizeOf(shape []int) int {
	n, ok := config.Size(shape...)
	if !ok {
		return -1
	}
	return n
}
