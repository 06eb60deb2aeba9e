package problem

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/data"
	"tweedie/internal/arrays"
	"tweedie/internal/config"
	"tweedie/internal/input"
	"tweedie/prior"
)

// ReadImage reads one image in the prior's shape and values, as ReadImages does.
func ReadImage(ctx context.Context, path string, prior *prior.Prior) ([]float64, error) {
	x, _, err := readImages(ctx, path, 1, prior, func(n int) error {
		if n != 1 {
			return fmt.Errorf("%s holds %d images; give one", input.Name(path), n)
		}
		return nil
	})
	return x, err
}

// imageOf reads one image that an array of a problem file gives. What stands in a file of numpy or a picture is read as
// ReadImages does, and numbers otherwise are taken as they are.
func imageOf(ctx context.Context, a *Array, prior *prior.Prior) ([]float64, error) {
	if a.File != "" && a.Member == "" {
		f, err := arrays.FormatOf(a.File)
		if err != nil {
			return nil, err
		}
		if f.Name == arrays.Tensors || f.Name == arrays.Picture {
			return ReadImage(ctx, a.File, prior)
		}
	}
	var planes []int
	v, err := a.Read(ctx, Use{Judge: func(shape []int, complex bool) error {
		for len(shape) > len(prior.Spec.Shape) && shape[0] == 1 { // as radio astronomers write planes
			shape = shape[1:]
		}
		planes = shape
		l, err := layoutOf(shape, prior.Spec.Shape)
		switch {
		case complex:
			return fmt.Errorf("%s holds complex numbers; images are real", a.Name())
		case err == nil && l.N != 1:
			return fmt.Errorf("%s holds %d images; give one", a.Name(), l.N)
		case err != nil && a.File != "":
			return fmt.Errorf("%s: %w", a.Name(), err)
		}
		return err
	}})
	if err != nil {
		return nil, err
	}
	x, _, err := imagesOf(planes, v.Data, 1, prior.Spec.Shape)
	if err == nil {
		err = inScale(x, prior)
	}
	if err != nil {
		return nil, err
	}
	return x, nil
}

// far is how many widths of the range values may lie outside it before they are taken for those of another scale.
const far = 8

// ReadImages reads images in the prior's shape and values, [N*D], the first most of the n there are, or all when most is 0.
// Floating-point arrays are taken as they are, so that what sample draws can be read although it strays a little from
// the range; files of other kinds are scaled to it. Beside a *ScaleError the images are returned.
func ReadImages(ctx context.Context, path string, most int, prior *prior.Prior) (x []float64, n int, err error) {
	return readImages(ctx, path, most, prior, func(int) error { return nil })
}

// readImages does what ReadImages does, once count has taken the number of images in the file.
func readImages(ctx context.Context, path string, most int, prior *prior.Prior, count func(n int) error) (x []float64, n int, err error) {
	x, n, err = readFloats(path, most, prior.Spec.Shape, count)
	if x == nil && err == nil {
		x, n, err = readSet(ctx, path, most, prior, count)
	}
	if err != nil {
		return nil, 0, err
	}
	if err := inScale(x, prior); err != nil {
		return x, n, fmt.Errorf("%s %w", input.Name(path), err)
	}
	return x, n, nil
}

// ScaleError says that images have values far from those of the prior's.
type ScaleError struct {
	Least, Largest float64
	Range          [2]float64 // of the prior
}

func (e *ScaleError) Error() string {
	return fmt.Sprintf("has values from %.4g to %.4g; the prior's images lie in [%.4g, %.4g], so scale them first", e.Least, e.Largest, e.Range[0], e.Range[1])
}

// inScale refuses images whose values are far from those of the prior's.
func inScale(x []float64, prior *prior.Prior) error {
	lo, hi := prior.Spec.Range[0], prior.Spec.Range[1]
	if least, largest := slices.Min(x), slices.Max(x); prior.Exact == nil && (least < lo-far*(hi-lo) || largest > hi+far*(hi-lo)) {
		return &ScaleError{least, largest, prior.Spec.Range}
	}
	return nil
}

// readFloats reads an array of real floating-point images in a layout that data.LayoutOf knows, channels first; nil
// when the file is not one.
func readFloats(path string, most int, shape []int, count func(n int) error) (x []float64, n int, err error) {
	f, err := checkpoints.Open(path)
	if err != nil {
		return nil, 0, nil
	}
	defer f.Close()
	all := f.Tensors()
	if len(all) != 1 {
		return nil, 0, nil
	}
	t := all[0]
	if t.Len() == 0 || t.Complex || t.DType != checkpoints.F64 && t.DType != checkpoints.F32 && t.DType != checkpoints.F16 {
		return nil, 0, nil
	}
	l, err := layoutOf(t.Shape, shape)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	if err := count(l.N); err != nil {
		return nil, 0, err
	}
	x, err = t.Float64s()
	if err == nil {
		x, n, err = imagesOf(t.Shape, x, most, shape)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	return x, n, nil
}

// imagesOf returns the first most of the n images in an array, all when most is 0, with their channels first.
func imagesOf(array []int, x []float64, most int, shape []int) ([]float64, int, error) {
	l, err := layoutOf(array, shape)
	if err != nil {
		return nil, 0, err
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
			return nil, 0, fmt.Errorf("value %d of image %d is %g", i%size, i/size, v)
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

// OpenSet opens a set whose images must have the prior's shape.
func OpenSet(ctx context.Context, path string, opts data.Options, prior *prior.Prior) (data.Set, error) {
	sh := prior.Spec.Shape
	opts.Gray = sh[0] == 1
	if len(sh) == 3 {
		opts.Shape = [3]int(sh)
	}
	set, err := data.Open(ctx, path, opts)
	if err != nil {
		return nil, err
	}
	c, h, w := set.Shape()
	if got := autodiff.S(c, h, w); got != prior.Shape() {
		return nil, fmt.Errorf("%s holds images of shape %v and the prior's are %v; crop or resize them first", input.Name(path), got, prior.Shape())
	}
	return set, nil
}

// readSet reads the first most images of whatever can be trained on, all when most is 0.
func readSet(ctx context.Context, path string, most int, prior *prior.Prior, count func(n int) error) (x []float64, total int, err error) {
	set, err := OpenSet(ctx, path, data.Options{Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1]}, prior)
	if err != nil {
		return nil, 0, err
	}
	n := set.Len()
	if err := count(n); err != nil {
		return nil, 0, err
	}
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
