package gorgonia

import (
	"fmt"

	gg "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"tweedie/autodiff"
)

// Gradients returns the value of a loss, a scalar of float64, and its gradients in the given arrays, by Gorgonia: the
// loss is built by f in a graph of its own, differentiated symbolically and run once. The arrays are copied first, as a
// graph may write to its inputs. f and Gorgonia report misuse by panics, which become the error here.
func Gradients(in []*tensor.Dense, f func(x []*gg.Node) *gg.Node) (value float64, grads []*tensor.Dense, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("gorgonia: %v", r)
		}
	}()
	g := gg.NewGraph()
	x := make([]*gg.Node, len(in))
	for i, d := range in {
		data, shape, _, err := Host[float64](d)
		if err != nil {
			return 0, nil, fmt.Errorf("input %d: %w", i, err)
		}
		own, err := Dense(shape, append([]float64(nil), data...))
		if err != nil {
			return 0, nil, err
		}
		x[i] = Node(g, fmt.Sprintf("x%d", i), own)
	}
	loss := f(x)
	var result gg.Value
	gg.Read(loss, &result)
	dx, err := gg.Grad(loss, x...)
	if err != nil {
		return 0, nil, fmt.Errorf("gorgonia: differentiating: %w", err)
	}
	vm := gg.NewTapeMachine(g, gg.BindDualValues(x...))
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return 0, nil, fmt.Errorf("gorgonia: running: %w", err)
	}
	value, ok := result.Data().(float64)
	if !ok {
		return 0, nil, fmt.Errorf("gorgonia: the loss is a %T, want a scalar of float64", result.Data())
	}
	for i, n := range dx {
		d, err := gradient(n.Value())
		if err != nil {
			return 0, nil, fmt.Errorf("gorgonia: the gradient in input %d: %w", i, err)
		}
		grads = append(grads, d)
	}
	return value, grads, nil
}

// Node returns an array as a node of graph g, which shares its memory and is a constant to Gradients. Names are unique
// in a graph. Gorgonia takes an array of rank 0 for a number and not for an array.
func Node(g *gg.ExprGraph, name string, d *tensor.Dense) *gg.Node {
	if d.IsScalar() {
		return gg.NodeFromAny(g, d.ScalarValue(), gg.WithName(name))
	}
	return gg.NodeFromAny(g, d, gg.WithName(name))
}

func gradient(v gg.Value) (*tensor.Dense, error) {
	if d, ok := v.(*tensor.Dense); ok {
		return d, nil
	}
	if v != nil {
		if x, ok := v.Data().(float64); ok {
			return Dense(autodiff.S(), []float64{x})
		}
	}
	return nil, fmt.Errorf("it is a %T, want an array or number of float64", v)
}
