package ckpt

import (
	"errors"
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/input"
	"tweedie/layers"
)

// inputs holds the arrays of one evaluation, with images in the order of the files.
type inputs struct {
	x, probe []float64
	shape    autodiff.Shape // of x
	t        []float64
	y        families.Labels
}

// array reads a file that a flag names.
func array(flag, path string) ([]float64, []int, error) {
	t, err := checkpoints.ReadArray(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", flag, err)
	}
	if t.Complex {
		return nil, nil, fmt.Errorf("%s: %s holds complex numbers of shape %v; want real ones", flag, input.Name(path), t.Shape[:len(t.Shape)-1])
	}
	v, err := t.Float64s()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", flag, err)
	}
	return v, t.Shape, nil
}

// inputs reads the arrays and checks them against the network.
func (a *Evaluation) inputs(net families.Original) (in inputs, err error) {
	var dims []int
	if in.x, dims, err = array("--x", a.X); err != nil {
		return in, err
	}
	if len(dims) != net.Dims()+2 {
		return in, fmt.Errorf("--x: %q has shape %v; want [B,C] and %d spatial axes", a.X, dims, net.Dims())
	}
	in.shape = autodiff.S(dims...)
	first := in.shape
	if a.NHWC {
		first = permuted(in.shape, channelsFirst(net.Dims()))
	}
	if in.t, dims, err = array("--t", a.T); err != nil {
		return in, err
	}
	batch := in.shape.Dim(0)
	switch n := len(in.t); {
	case n == 1:
		for len(in.t) < batch {
			in.t = append(in.t, in.t[0])
		}
	case n != batch || len(dims) != 1:
		return in, fmt.Errorf("--t: %q has shape %v; want [%d], one time for each sample", a.T, dims, batch)
	}
	if in.y, err = a.conditions(batch); err != nil {
		return in, err
	}
	if err := net.Check(first, in.t, in.y); err != nil {
		if !a.NHWC && net.Check(permuted(in.shape, channelsFirst(net.Dims())), in.t, in.y) == nil {
			return in, fmt.Errorf("%w; with channels last, which --nhwc says, it would fit", a.explained(err))
		}
		return in, a.explained(err)
	}
	if a.Probe == "" {
		return in, nil
	}
	want, err := layers.OutShape(func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return net.Forward(s, x, in.t, in.y) }, first)
	if err != nil {
		return in, err
	}
	if in.probe, dims, err = array("--probe", a.Probe); err != nil {
		return in, err
	}
	if a.NHWC {
		want = permuted(want, channelsLast(net.Dims()))
	}
	if !slices.Equal(dims, want.Dims(nil)) {
		return in, fmt.Errorf("--probe: %q has shape %v; the output has %v", a.Probe, dims, want)
	}
	return in, nil
}

// conditions reads the array of labels, which has a number or a row for each sample.
func (a *Evaluation) conditions(batch int) (y families.Labels, err error) {
	if a.Labels == "" {
		return y, nil
	}
	v, dims, err := array("--labels", a.Labels)
	switch {
	case err != nil:
	case len(dims) == 1 && dims[0] == batch:
		y.Values = v
	case len(dims) == 2 && dims[0] == batch && dims[1] > 0:
		y.Values, y.Width = v, dims[1]
	default:
		err = fmt.Errorf("--labels: %q has shape %v; want numbers [%d] or rows [%d,...]", a.Labels, dims, batch, batch)
	}
	return y, err
}

// explained returns err with the flag and the file that it is about.
func (a *Evaluation) explained(err error) error {
	var e *families.InputError
	if !errors.As(err, &e) {
		return err
	}
	path := map[string]string{"x": a.X, "t": a.T, "labels": a.Labels}[e.Input]
	if path == "" {
		return fmt.Errorf("--%s: %w", e.Input, e.Err)
	}
	return fmt.Errorf("--%s: %q: %w", e.Input, path, e.Err)
}

// channelsFirst returns the axes that move channels from the last place to the second.
func channelsFirst(dims int) []int {
	axes := []int{0, dims + 1}
	for i := range dims {
		axes = append(axes, i+1)
	}
	return axes
}

// channelsLast returns the axes that move channels from the second place to the last.
func channelsLast(dims int) []int {
	axes := []int{0}
	for i := range dims {
		axes = append(axes, i+2)
	}
	return append(axes, 1)
}

// permuted returns the shape whose axis i is axis axes[i] of sh.
func permuted(sh autodiff.Shape, axes []int) autodiff.Shape {
	out := sh
	for i, a := range axes {
		out = out.With(i, sh.Dim(a))
	}
	return out
}
