package gorgonia

import (
	"fmt"

	"gorgonia.org/tensor"

	"tweedie/autodiff"
)

// isRowMajor reports whether d is no view and its strides are those of a row-major array. A stride along an axis of
// one element is never taken, so its value does not count.
func isRowMajor(d *tensor.Dense, shape autodiff.Shape) bool {
	if d.IsView() {
		return false
	}
	strides, want := d.Strides(), shape.Strides()
	if len(strides) != shape.Rank() {
		return false
	}
	for i, st := range strides {
		if shape.Dim(i) != 1 && st != want[i] {
			return false
		}
	}
	return true
}

// materialise copies raw[sum_k i_k strides[k]] to row-major place i. Package tensor gives a view that is a vector in
// either sense one stride: that of its only axis of more than one element.
func materialise[T Float](raw []T, shape autodiff.Shape, strides []int) ([]T, error) {
	var st [autodiff.MaxRank]int
	last := 0
	for i := 0; i < shape.Rank(); i++ {
		switch {
		case len(strides) == shape.Rank():
			st[i] = strides[i]
		case len(strides) == 1 && shape.Dim(i) == shape.Size():
			st[i] = strides[0]
		case shape.Dim(i) != 1:
			return nil, fmt.Errorf("gorgonia: the tensor of shape %v has strides %v, want one for each axis", shape, strides)
		}
		if st[i] < 0 {
			return nil, fmt.Errorf("gorgonia: the tensor of shape %v has the negative stride %d", shape, st[i])
		}
		last += st[i] * (shape.Dim(i) - 1)
	}
	if last >= len(raw) {
		return nil, fmt.Errorf("gorgonia: the tensor of shape %v with strides %v needs %d elements of memory, it has %d", shape, strides, last+1, len(raw))
	}
	out := make([]T, shape.Size())
	var at [autodiff.MaxRank]int
	for i, from := 0, 0; i < len(out); i++ {
		out[i] = raw[from]
		for k := shape.Rank() - 1; k >= 0; k-- {
			at[k]++
			from += st[k]
			if at[k] < shape.Dim(k) {
				break
			}
			from -= at[k] * st[k]
			at[k] = 0
		}
	}
	return out, nil
}
