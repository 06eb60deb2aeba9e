package optics

import (
	"sync"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// mostSide bounds the extents of images whose separable operators have singular vectors: 8192^2 numbers are 512 MiB.
const mostSide = 1 << 13

// DownsampleConfig describes super-resolution: every output is a weighted mean of the pixels about its place,
//
//	y_ij = sum_tu K((t - r i - a)/r) K((u - s j - b)/s) x_tu / (sum_t K sum_u K)
//
// with the kernel K, the factors r, s and the offsets a, b.
type DownsampleConfig struct {
	// Rows and Cols are the factors r and s, which must divide H and W.
	Rows int `json:"rows"`
	Cols int `json:"cols"`
	// Filter is the kernel K: "bicubic" (Keys' with a = -1/2), "bilinear", "box" or "lanczos3".
	Filter string `json:"filter"`
	// Boundary says what lies outside the image: "circular", "zero", "reflect" (about the outermost pixels, which are not
	// repeated) or "replicate" (the outermost pixels go on).
	Boundary string `json:"boundary"`
	// Offset is the place of the first output, a = b in pixels from the first pixel. When it is absent outputs lie in the
	// middle of blocks, a = (r-1)/2 and b = (s-1)/2, as in imresize of MATLAB and in Pillow. Downsampling of deepinv 0.5 is
	// offset 0.5 at any factor, with the boundary "circular" unless it is told otherwise.
	Offset *float64 `json:"offset,omitempty"`
}

// Kind returns "downsample".
func (DownsampleConfig) Kind() string { return "downsample" }

// Validate names the field that does not fit images of shape in.
func (c DownsampleConfig) Validate(in autodiff.Shape) error {
	if in.Rank() != 3 || in.Size() == 0 || max(in.Dim(1), in.Dim(2)) > mostSide {
		return config.Errorf("downsample", "shape", "an image %v is not [C,H,W] with extents up to %d", in, mostSide)
	}
	k := config.Check("downsample")
	k.Int("rows", c.Rows, 1, in.Dim(1))
	k.Int("cols", c.Cols, 1, in.Dim(2))
	k.Name("filter", c.Filter, filterNames()...)
	k.Name("boundary", c.Boundary, "circular", "zero", "reflect", "replicate")
	if c.Offset != nil {
		k.Float("offset", *c.Offset, 0, float64(max(1, min(c.Rows, c.Cols)-1)))
	}
	if err := k.Err(); err != nil {
		return err
	}
	k.That(in.Dim(1)%c.Rows == 0, "rows", c.Rows, "divide the height of %v", in)
	k.That(in.Dim(2)%c.Cols == 0, "cols", c.Cols, "divide the width of %v", in)
	return k.Err()
}

// Build returns a *Downsample for images of shape in, [C,H,W].
func (c DownsampleConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	line := func(n, factor int) *axis {
		offset := float64(factor-1) / 2
		if c.Offset != nil {
			offset = *c.Offset
		}
		return newAxis(n, factor, offset, filters[c.Filter], c.Boundary)
	}
	h, w := in.Dim(1)/c.Rows, in.Dim(2)/c.Cols
	o := &Downsample{Base: inverse.BaseOf(c, in, autodiff.S(in.Dim(0), h, w)), rows: line(in.Dim(1), c.Rows), cols: line(in.Dim(2), c.Cols)}
	var null []int
	for i := range in.Size() {
		if i/in.Dim(2)%in.Dim(1) < h && i%in.Dim(2) < w {
			o.order = append(o.order, i)
		} else {
			null = append(null, i)
		}
	}
	o.order = append(o.order, null...)
	o.singular = sync.OnceValue(o.products)
	return o, nil
}

func init() {
	inverse.Register(DownsampleConfig{Rows: 2, Cols: 2, Filter: "bicubic", Boundary: "reflect"})
}
