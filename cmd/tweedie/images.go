package main

import (
	"fmt"
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/data"
	"tweedie/zoo"
)

// readImage reads one image, readImages with a single one.
func readImage(path string, prior *zoo.Prior) ([]float64, error) {
	x, err := readImages("--image", path, prior)
	if err != nil {
		return nil, err
	}
	if n := len(x) / prior.Shape().Size(); n != 1 {
		return nil, fmt.Errorf("--image: %s holds %d images; give one", path, n)
	}
	return x, nil
}

// far is how many widths of the range values may lie outside it before they are taken for those of another scale.
const far = 8

// readImages reads images in the prior's shape and values, [N*D]. Floating-point arrays are taken as they are, so that
// what sample draws can be read although it strays a little from the range; files of other kinds are scaled to it.
func readImages(flag, path string, prior *zoo.Prior) ([]float64, error) {
	x, err := readFloats(path, prior.Spec.Shape)
	if x == nil && err == nil {
		x, err = readSet(path, prior)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	lo, hi := prior.Spec.Range[0], prior.Spec.Range[1]
	if least, most := slices.Min(x), slices.Max(x); prior.Exact == nil && (least < lo-far*(hi-lo) || most > hi+far*(hi-lo)) {
		return nil, fmt.Errorf("%s: %s has values from %.4g to %.4g; the prior's images lie in [%.4g, %.4g], so scale them first", flag, path, least, most, lo, hi)
	}
	return x, nil
}

// readFloats reads an array of floating-point images [..., shape], whose channel axis may be missing when there is one
// channel; nil when the file is not one.
func readFloats(path string, shape []int) ([]float64, error) {
	t, err := checkpoints.ReadArray(path)
	if err != nil || t.Len() == 0 || t.DType != checkpoints.F64 && t.DType != checkpoints.F32 && t.DType != checkpoints.F16 {
		return nil, nil
	}
	inner := shape
	if shape[0] == 1 && (len(t.Shape) < len(shape) || len(t.Shape) == len(shape) && t.Shape[0] != 1) {
		inner = shape[1:]
	}
	outer := len(t.Shape) - len(inner)
	if outer < 0 || outer > 1 || !slices.Equal(t.Shape[outer:], inner) {
		return nil, nil
	}
	x, err := t.Float64s()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	size := autodiff.S(shape...).Size()
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s: value %d of image %d is %g", path, i%size, i/size, v)
		}
	}
	return x, nil
}

// readSet reads all images of whatever can be trained on.
func readSet(path string, prior *zoo.Prior) ([]float64, error) {
	set, err := openShaped(path, data.Options{Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1]}, prior)
	if err != nil {
		return nil, err
	}
	c, h, w := set.Shape()
	img, x := make([]float32, c*h*w), make([]float64, 0, set.Len()*c*h*w)
	for i := range set.Len() {
		if _, err := set.Read(i, img); err != nil {
			return nil, err
		}
		for _, v := range img {
			x = append(x, float64(v))
		}
	}
	return x, nil
}
