package zoo

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/input"
)

// mostGolden bounds the size of a golden.
const mostGolden = 16 << 20

// arrays are the tensors of the golden by name.
func (c *Card) arrays() (*checkpoints.File, error) {
	b, err := input.ReadFS(c.beside, c.Golden.File, mostGolden)
	if err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	f, err := checkpoints.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("golden: %s: %w", c.Golden.File, err)
	}
	return f, nil
}

// check evaluates what the golden wants.
func (c *Card) check(a *autodiff.Arena, path string) (checks []Check, err error) {
	golden, err := c.arrays()
	if err != nil {
		return nil, err
	}
	f, err := checkpoints.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := c.model(f)
	if err != nil {
		return nil, err
	}
	for _, k := range c.Golden.Checks {
		in, err := k.inputs(golden)
		if err != nil {
			return nil, fmt.Errorf("golden: %w", err)
		}
		got, err := m.evaluate(a, k.Of, in)
		if err != nil {
			return nil, err
		}
		e, err := apart(got, in.want)
		if err != nil {
			return nil, fmt.Errorf("golden: %s: %w", k.Want, err)
		}
		checks = append(checks, Check{k.Of + " " + k.Want, e, c.Golden.Tolerance, e <= c.Golden.Tolerance})
	}
	return checks, nil
}

// goldenInputs are the arrays of one check.
type goldenInputs struct {
	x, t, want []float64
	shape      []int
	y          families.Labels
}

func (k *GoldenCheck) inputs(golden *checkpoints.File) (in goldenInputs, err error) {
	for _, a := range []struct {
		name string
		to   *[]float64
	}{{k.X, &in.x}, {k.TOf, &in.t}, {k.YOf, &in.y.Values}, {k.Want, &in.want}} {
		if a.name == "" {
			continue
		}
		t, err := golden.Tensor(a.name)
		if err != nil {
			return in, err
		}
		if *a.to, err = t.Float64s(); err != nil {
			return in, err
		}
		switch {
		case a.to == &in.x:
			in.shape = t.Shape
		case a.to == &in.y.Values && len(t.Shape) == 2:
			in.y.Width = t.Shape[1]
		}
	}
	if len(in.shape) == 0 || in.shape[0] == 0 {
		return in, fmt.Errorf("tensor %q is %v; want a batch", k.X, in.shape)
	}
	if k.T != nil {
		in.t = k.T
	}
	if len(in.t) < 2 {
		t := 0.0 // for networks that do not look at it
		if len(in.t) == 1 {
			t = in.t[0]
		}
		in.t = slices.Repeat([]float64{t}, in.shape[0])
	}
	if len(in.t) != in.shape[0] {
		return in, fmt.Errorf("there are %d times for %d images", len(in.t), in.shape[0])
	}
	return in, nil
}

// apart is the largest difference of got and want relative to the largest |want|; infinite where got has NaN.
func apart(got, want []float64) (float64, error) {
	if len(got) != len(want) || len(want) == 0 {
		return 0, fmt.Errorf("the network gives %d values and the golden has %d", len(got), len(want))
	}
	diff, top := 0.0, 0.0
	for i := range want {
		d := math.Abs(got[i] - want[i])
		if math.IsNaN(d) {
			return math.MaxFloat64, nil
		}
		diff, top = max(diff, d), max(top, math.Abs(want[i]))
	}
	if !(top > 0) {
		return 0, errors.New("the golden holds nothing but zeros")
	}
	return min(diff/top, math.MaxFloat64), nil
}
