package optics

import (
	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// mostSide bounds the extents of images whose downsampling has singular vectors.
const mostSide = 2048

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
	if in.Rank() != 3 || in.Size() == 0 {
		return config.Errorf("downsample", "shape", "an image %v is not [C,H,W] with pixels", in)
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

// Build returns a *DownsampleSVD for images of shape in, [C,H,W], and a *Downsample when one of the extents is above 2048.
func (c DownsampleConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	line := func(n, factor int) *axis {
		offset := float64(factor-1) / 2
		if c.Offset != nil {
			offset = *c.Offset
		}
		return sampled(n, factor, offset, filters[c.Filter], c.Boundary)
	}
	out := autodiff.S(in.Dim(0), in.Dim(1)/c.Rows, in.Dim(2)/c.Cols)
	o := &DownsampleSVD{Downsample: Downsample{inverse.BaseOf(c, in, out), line(in.Dim(1), c.Rows), line(in.Dim(2), c.Cols)}}
	if max(in.Dim(1), in.Dim(2)) > mostSide {
		return &o.Downsample, nil
	}
	o.kronecker = newKronecker(&o.Base, o.Downsample.rows, o.Downsample.cols, inverse.RelativeCut)
	return o, nil
}

func init() {
	inverse.Register(DownsampleConfig{Rows: 2, Cols: 2, Filter: "bicubic", Boundary: "reflect"})
}
