package optics

import (
	"tweedie/internal/config"
	"tweedie/inverse"
)

// perPixel returns the numbers of an array that holds one for every pixel of [C,H,W]: of shape [H,W] or [1,H,W], for all
// channels, or [C,H,W]. Their magnitudes are at most most. The error names the field.
func perPixel(kind, field string, a inverse.Array, in [3]int, most float64) ([]float64, error) {
	v, err := a.Real()
	if err != nil {
		return nil, config.Errorf(kind, field, "%v", err)
	}
	shape := v.Shape
	if len(shape) == 2 {
		shape = []int{1, shape[0], shape[1]}
	}
	if len(shape) != 3 || shape[0] != 1 && shape[0] != in[0] || shape[1] != in[1] || shape[2] != in[2] || len(v.Data) == 0 || len(v.Data) != shape[0]*in[1]*in[2] {
		return nil, config.Errorf(kind, field, "has shape %v and %d numbers; it must be [%d,%d] or [%d,%d,%d]", v.Shape, len(v.Data), in[1], in[2], in[0], in[1], in[2])
	}
	k := config.Check(kind)
	k.Floats(field, v.Data, -most, most)
	return v.Data, k.Err()
}
