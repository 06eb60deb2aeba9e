package gorgonia

import (
	"fmt"
	"runtime"

	"gorgonia.org/tensor"

	"tweedie/autodiff"
)

// Float is the element type of what can be shared.
type Float interface{ float32 | float64 }

// Dense returns data, row-major, as a tensor of the given shape that shares its memory for as long as either lives. The
// error says when the length does not fit the shape, and when the shape has no elements, which a Dense cannot.
func Dense[T Float](shape autodiff.Shape, data []T) (*tensor.Dense, error) {
	if n := shape.Size(); n != len(data) {
		return nil, fmt.Errorf("gorgonia: shape %v has %d elements, the data %d", shape, n, len(data))
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("gorgonia: shape %v has no elements; a tensor.Dense needs one at least", shape)
	}
	d := tensor.New(tensor.WithShape(shape.Dims(nil)...), tensor.WithBacking(data))
	runtime.KeepAlive(data) // WithBacking holds it as a bare address for a moment
	return d, nil
}

// Host returns the elements of d in row-major order, and its shape. They are d's own memory when shared is true; of a
// view and of what is not row-major they are a copy. The error names the element type when it is not T, and says when d
// is nil, masked, not in the memory of this process, or beyond the limits of a Shape.
func Host[T Float](d *tensor.Dense) (data []T, shape autodiff.Shape, shared bool, err error) {
	if shape, err = check[T](d); err != nil {
		return nil, autodiff.Shape{}, false, err
	}
	raw := memory[T](d)
	if isRowMajor(d, shape) && len(raw) == shape.Size() {
		return raw, shape, true, nil
	}
	data, err = materialise(raw, shape, d.Strides())
	runtime.KeepAlive(d)
	return data, shape, false, err
}

// Compact returns d itself when its memory is its elements in row-major order, and otherwise a copy for which that
// holds. It is for calls of package tensor that take raw memory, such as WriteNpy. The errors are those of Host, for
// either type.
func Compact(d *tensor.Dense) (*tensor.Dense, error) {
	single, err := isSingle(d)
	switch {
	case err != nil:
		return nil, err
	case single:
		return compact[float32](d)
	}
	return compact[float64](d)
}

func compact[T Float](d *tensor.Dense) (*tensor.Dense, error) {
	data, shape, shared, err := Host[T](d)
	switch {
	case err != nil:
		return nil, err
	case shared:
		return d, nil
	}
	return Dense(shape, data)
}

// isSingle says which of the two element types d has.
func isSingle(d *tensor.Dense) (bool, error) {
	if d == nil || d.Dtype().Type == nil {
		return false, fmt.Errorf("gorgonia: the tensor is nil or empty; make it with tensor.New")
	}
	if dt := d.Dtype(); dt != tensor.Float32 && dt != tensor.Float64 {
		return false, fmt.Errorf("gorgonia: the tensor of shape %v is of %v, want float32 or float64", d.Shape(), dt)
	}
	return d.Dtype() == tensor.Float32, nil
}

// check is the shape of d, and what hinders reading it as an array of T.
func check[T Float](d *tensor.Dense) (autodiff.Shape, error) {
	var none autodiff.Shape
	single, err := isSingle(d)
	if err != nil {
		return none, err
	}
	dims := d.Shape()
	_, want := any(T(0)).(float32)
	switch {
	case single && !want:
		return none, fmt.Errorf("gorgonia: the tensor of shape %v is of float32, want float64", dims)
	case want && !single:
		return none, fmt.Errorf("gorgonia: the tensor of shape %v is of float64, want float32", dims)
	case !d.IsNativelyAccessible():
		return none, fmt.Errorf("gorgonia: the tensor of shape %v is not in the memory of this process; copy it from its device first", dims)
	case d.IsMasked():
		return none, fmt.Errorf("gorgonia: the tensor of shape %v is masked; fill its masked elements first", dims)
	case len(dims) > autodiff.MaxRank:
		return none, fmt.Errorf("gorgonia: the tensor of shape %v has rank %d, the limit is %d", dims, len(dims), autodiff.MaxRank)
	}
	return autodiff.S(dims...), nil
}

// memory is the raw elements that d points to, from its first one on.
func memory[T Float](d *tensor.Dense) (raw []T) {
	switch p := any(&raw).(type) {
	case *[]float32:
		*p = d.Float32s()
	case *[]float64:
		*p = d.Float64s()
	}
	return raw
}
