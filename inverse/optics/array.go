package optics

import (
	"fmt"

	"tweedie/internal/config"
	"tweedie/inverse"
)

// perPixel returns the numbers of an array that holds one for every pixel of [C,H,W]: of shape [H,W] or [1,H,W], for all
// channels, or [C,H,W]. Their magnitudes are at most most. The error names the field.
func perPixel(kind, field string, a inverse.Array, in [3]int, most float64) ([]float64, error) {
	if a.Values.Complex {
		return nil, config.Errorf(kind, field, "%s holds complex numbers; it must hold real ones", a.Name())
	}
	count := 0
	v, err := a.Fitting(func(shape []int, _ bool) error {
		if len(shape) == 2 {
			shape = []int{1, shape[0], shape[1]}
		}
		if len(shape) != 3 || shape[0] != 1 && shape[0] != in[0] || shape[1] != in[1] || shape[2] != in[2] {
			return fmt.Errorf("it must be [%d,%d] or [%d,%d,%d]", in[1], in[2], in[0], in[1], in[2])
		}
		count = shape[0] * in[1] * in[2]
		return nil
	})
	if err != nil {
		return nil, config.Errorf(kind, field, "%v", err)
	}
	if len(v.Data) == 0 || len(v.Data) != count {
		return nil, config.Errorf(kind, field, "has %d numbers; its shape needs %d", len(v.Data), count)
	}
	k := config.Check(kind)
	k.Floats(field, v.Data, -most, most)
	return v.Data, k.Err()
}
