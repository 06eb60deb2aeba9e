package cli

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/data"
	"tweedie/internal/config"
	"tweedie/internal/input"
	"tweedie/zoo"
)

// readImage reads one image, readImages with a single one.
func readImage(ctx context.Context, path string, prior *zoo.Prior) ([]float64, error) {
	x, n, err := readImages(ctx, "--image", path, 1, prior)
	if err != nil {
		return nil, err
	}
	if n != 1 {
		return nil, fmt.Errorf("--image: %s holds %d images; give one", input.Name(path), n)
	}
	return x, nil
}

// far is how many widths of the range values may lie outside it before they are taken for those of another scale.
const far = 8

// readImages reads images in the prior's shape and values, [N*D], the first most of the n there are, or all when most is 0.
// Floating-point arrays are taken as they are, so that what sample draws can be read although it strays a little from
// the range; files of other kinds are scaled to it.
func readImages(ctx context.Context, flag, path string, most int, prior *zoo.Prior) (x []float64, n int, err error) {
	x, n, err = readFloats(path, most, prior.Spec.Shape)
	if x == nil && err == nil {
		x, n, err = readSet(ctx, path, most, prior)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", flag, err)
	}
	lo, hi := prior.Spec.Range[0], prior.Spec.Range[1]
	if least, largest := slices.Min(x), slices.Max(x); prior.Exact == nil && (least < lo-far*(hi-lo) || largest > hi+far*(hi-lo)) {
		return nil, 0, fmt.Errorf("%s: %s has values from %.4g to %.4g; the prior's images lie in [%.4g, %.4g], so scale them first", flag, input.Name(path), least, largest, lo, hi)
	}
	return x, n, nil
}

// readFloats reads an array of real floating-point images in a layout that data.LayoutOf knows, channels first; nil
// when the file is not one.
func readFloats(path string, most int, shape []int) (x []float64, n int, err error) {
	t, err := checkpoints.ReadArray(path)
	if err != nil || t.Len() == 0 || t.Complex || t.DType != checkpoints.F64 && t.DType != checkpoints.F32 && t.DType != checkpoints.F16 {
		return nil, 0, nil
	}
	l, err := layoutOf(t.Shape, shape)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	x, err = t.Float64s()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	size := autodiff.S(shape...).Size()
	if most > 0 && most < l.N {
		x = x[:most*size]
	}
	if l.Last {
		x = channelsToFront(x, l.C, l.H*l.W)
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, 0, fmt.Errorf("%s: value %d of image %d is %g", input.Name(path), i%size, i/size, v)
		}
	}
	return x, l.N, nil
}

// layoutOf is the layout of an array of images [C,H,W]; of images with fewer or more axes the channels come first, and
// may be missing when there is one.
func layoutOf(array, shape []int) (l data.Layout, err error) {
	if len(shape) == 3 {
		return data.LayoutOf(array, [3]int(shape), false)
	}
	for _, image := range [][]int{shape, shape[1:]} {
		outer := len(array) - len(image)
		if len(image) < len(shape) && shape[0] != 1 || outer < 0 || outer > 1 || !slices.Equal(array[outer:], image) {
			continue
		}
		l.N = 1
		if outer == 1 {
			l.N = array[0]
		}
		return l, nil
	}
	return l, fmt.Errorf("an array of shape %v does not hold images of shape %v", array, shape)
}

// channelsToFront turns images [plane,c] into [c,plane].
func channelsToFront(x []float64, c, plane int) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		image, at := i/(c*plane), i%(c*plane)
		out[image*c*plane+at%c*plane+at/c] = v
	}
	return out
}

// readSet reads the first most images of whatever can be trained on, all when most is 0.
func readSet(ctx context.Context, path string, most int, prior *zoo.Prior) (x []float64, total int, err error) {
	set, err := openShaped(ctx, path, data.Options{Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1]}, prior)
	if err != nil {
		return nil, 0, err
	}
	n := set.Len()
	if most > 0 {
		n = min(n, most)
	}
	c, h, w := set.Shape()
	if n > config.MostValues/(c*h*w) {
		return nil, 0, fmt.Errorf("%s holds %d images of %d values; at most %d are read at once", input.Name(path), n, c*h*w, config.MostValues/(c*h*w))
	}
	img := make([]float32, c*h*w)
	x = make([]float64, 0, n*c*h*w)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if _, err := set.Read(i, img); err != nil {
			return nil, 0, err
		}
		for _, v := range img {
			x = append(x, float64(v))
		}
	}
	return x, set.Len(), nil
}
