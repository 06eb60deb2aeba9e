package data

import (
	"context"
	"fmt"
	"math"

	"tweedie/internal/npy"
)

// array is a set of images in a numpy array.
type array struct {
	source
	size
	interval
	labels
	n      int
	elem   npy.Header                      // element type and byte order
	full   float64                         // of integer pixels; 0 for physical values
	last   bool                            // [H,W,C] on disk
	strict bool                            // the range was stated
	read   func(b []byte, off int64) error // bytes of the body, row-major
}

// Len implements Set.
func (a *array) Len() int { return a.n }

// Read implements Set.
func (a *array) Read(i int, dst []float32) (int, error) {
	checkRead(a, i, dst)
	if err := a.image(i, dst); err != nil {
		return 0, fmt.Errorf("data: %q: %w", a.name, err)
	}
	return a.label(i), nil
}

// image reads one image and checks its values; rounding to float32 may carry them a millionth out of the range.
func (a *array) image(i int, dst []float32) error {
	per := len(dst) * a.elem.Size / a.elem.Components()
	raw := make([]byte, per)
	if err := a.read(raw, int64(i)*int64(per)); err != nil {
		return fmt.Errorf("image %d: %w", i, err)
	}
	wide := make([]float64, len(dst))
	npy.Float64s(wide, a.elem.Kind, a.elem.Size, raw)
	slack := 1e-6 * (a.hi - a.lo)
	for k := range dst {
		from := k
		if a.last {
			from = k%(a.h*a.w)*a.c + k/(a.h*a.w)
		}
		v := wide[from]
		switch {
		case a.full > 0:
			dst[k] = a.value(v, a.full)
			continue
		case v-v != 0:
			return fmt.Errorf("image %d holds %g", i, v)
		case a.strict && (v < a.lo-slack || v > a.hi+slack):
			return fmt.Errorf("image %d holds %g, the range was stated as [%g, %g]", i, v, a.lo, a.hi)
		}
		dst[k] = float32(v)
	}
	return nil
}

// newArray finds out which axis is which, and the range.
func newArray(ctx context.Context, origin source, h npy.Header, read func([]byte, int64) error, labels []int, o Options) (Set, error) {
	a := &array{source: origin, elem: h, read: read, labels: labels, strict: o.stated(), interval: o.scale()}
	if h.Components() == 2 { // (re, im) pairs lie last
		if len(h.Shape) != 3 {
			return nil, fmt.Errorf("%s of shape %v; want [N,H,W], whose real and imaginary parts become two channels", h.Type(), h.Shape)
		}
		a.n, a.size, a.last = h.Shape[0], size{2, h.Shape[1], h.Shape[2]}, true
		if o.Shape != [3]int{} && o.Shape != [3]int{a.c, a.h, a.w} {
			return nil, fmt.Errorf("images are %v, and the shape that is given (--shape) is %v", a.size, o.Shape)
		}
	} else {
		l, err := LayoutOf(h.Shape, o.Shape, o.ChannelsLast)
		if err != nil {
			return nil, err
		}
		a.n, a.size, a.last = l.N, size{l.C, l.H, l.W}, l.Last
	}
	if h.Count == 0 {
		return nil, fmt.Errorf("%s of shape %v holds no pixels", h.Type(), h.Shape)
	}
	if labels != nil && len(labels) != a.n {
		return nil, fmt.Errorf("%d labels for %d images", len(labels), a.n)
	}
	switch h.Type() {
	case "uint8":
		a.full = 255
	case "uint16":
		a.full = 65535
	case "bool":
		a.full = 1
	default:
		if !a.strict {
			return a, a.observe(ctx)
		}
	}
	return a, nil
}

// checkPixels holds the size of one image against the limit, before anything is read.
func checkPixels(h npy.Header, o Options) error {
	if len(h.Shape) == 0 || h.Count == 0 {
		return nil // newArray says what is wrong
	}
	if pixels := h.Count / h.Shape[0] * h.Components(); int64(pixels) > o.pixels() {
		return fmt.Errorf("images of %d values, the limit is %d; raise the limit of pixels", pixels, o.pixels())
	}
	return nil
}

// observe makes the extremes of all values the range.
func (a *array) observe(ctx context.Context) error {
	lo, hi := math.Inf(1), math.Inf(-1)
	img := make([]float32, a.pixels())
	for i := range a.n {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.image(i, img); err != nil {
			return err
		}
		for _, v := range img {
			lo, hi = min(lo, float64(v)), max(hi, float64(v))
		}
	}
	a.interval = interval{lo, hi}
	return nil
}
