package gorgonia_test

import (
	"fmt"

	gg "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	interop "tweedie/interop/gorgonia"
)

// A parameter is scaled by package tensor in place.
func ExampleFromParam() {
	p := autodiff.NewParam("weight", autodiff.S(2, 2))
	copy(p.Data(), []float32{1, 2, 3, 4})
	d, err := interop.FromParam(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := d.MulScalar(float32(10), true, tensor.UseUnsafe()); err != nil {
		fmt.Println(err)
		return
	}
	p.Touch()
	fmt.Println(p.Data())
	// Output: [10 20 30 40]
}

// Two columns of a matrix, which are a view, go to a checkpoint as they look.
func ExampleHost() {
	d := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	view, err := d.Slice(nil, tensor.S(0, 2))
	if err != nil {
		fmt.Println(err)
		return
	}
	data, shape, shared, err := interop.Host[float64](view.(*tensor.Dense))
	if err != nil {
		fmt.Println(err)
		return
	}
	t := checkpoints.FromFloat64("columns", shape.Dims(nil), data)
	fmt.Println(t.Name, t.Shape, data, "shared:", shared)
	// Output: columns [2 2] [1 2 4 5] shared: false
}

// The derivative of a sum of squares.
func ExampleGradients() {
	x, err := interop.Dense(autodiff.S(3), []float64{1, 2, 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	value, grads, err := interop.Gradients([]*tensor.Dense{x}, func(x []*gg.Node) *gg.Node {
		return gg.Must(gg.Sum(gg.Must(gg.Square(x[0]))))
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(value, grads[0])
	// Output: 14 [2  4  6]
}
