package mri

import (
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// DFTConfig describes a subsampled 2-D Fourier transform. Exactly one of Low, Random, Keep and Pattern is given. Frequencies
// of an H x W plane are numbered in the order of an unshifted transform: k = i*W + j with i in [0,H) and j in [0,W).
type DFTConfig struct {
	// Low keeps the non-negative frequencies i < Rows, j < Cols.
	Low *LowConfig `json:"low,omitempty"`
	// Random keeps frequencies or whole rows of them at random.
	Random *RandomDFTConfig `json:"random,omitempty"`
	// Keep lists the frequencies kept, in increasing order.
	Keep []int `json:"keep,omitempty"`
	// Pattern is 1 (true) at the frequencies kept and 0 elsewhere, [H,W] in the order of fft2: y = fft2(x)[pattern].
	Pattern inverse.Array `json:"pattern,omitzero"`
	// Unnormalised leaves out the factor 1/sqrt(H W), so that the zero frequency is the sum of the pixels.
	Unnormalised bool `json:"unnormalised,omitempty"`
}

// LowConfig is a rectangle of low frequencies.
type LowConfig struct {
	Rows int `json:"rows"`
	Cols int `json:"cols"`
}

// RandomDFTConfig keeps round(Keep*N) of N frequencies, or of the H rows of frequencies when Lines is set. It always
// keeps the centre, where the signed frequencies have |i| <= Centre and |j| <= Centre (rows: |i| <= Centre), and
// draws the rest from Seed.
type RandomDFTConfig struct {
	Keep   float64 `json:"keep"` // fraction in (0,1]
	Centre int     `json:"centre"`
	Lines  bool    `json:"lines,omitempty"` // whole rows, as in a Cartesian MRI scan
	Seed   uint64  `json:"seed"`
}

// Kind returns "dft".
func (DFTConfig) Kind() string { return "dft" }

// Validate names the field that does not fit images of shape in.
func (c DFTConfig) Validate(in autodiff.Shape) error {
	given := 0
	for _, ok := range []bool{c.Low != nil, c.Random != nil, c.Keep != nil, c.Pattern.Given()} {
		if ok {
			given++
		}
	}
	if given != 1 {
		return config.Errorf("dft", "low, random, keep, pattern", "%d are given where exactly one belongs", given)
	}
	if in.Rank() != 3 || in.Size() == 0 {
		return config.Errorf("dft", "shape", "an image %v is not [C,H,W] with pixels", in)
	}
	h, w := in.Dim(1), in.Dim(2)
	switch {
	case c.Low != nil:
		if c.Low.Rows < 1 || c.Low.Rows > h {
			return config.Errorf("dft", "low.rows", "%d is not in [1,%d]", c.Low.Rows, h)
		}
		if c.Low.Cols < 1 || c.Low.Cols > w {
			return config.Errorf("dft", "low.cols", "%d is not in [1,%d]", c.Low.Cols, w)
		}
	case c.Random != nil:
		if !(c.Random.Keep > 0 && c.Random.Keep <= 1) {
			return config.Errorf("dft", "random.keep", "%v is not in (0,1]", c.Random.Keep)
		}
		if c.Random.Centre < 0 {
			return config.Errorf("dft", "random.centre", "%d is negative", c.Random.Centre)
		}
		if sites, central, want := c.sites(h, w); len(central) > want {
			return config.Errorf("dft", "random.centre", "%d sites lie within %d, but keep = %v of %d leaves room for %d",
				len(central), c.Random.Centre, c.Random.Keep, sites, want)
		} else if want == 0 {
			return config.Errorf("dft", "random.keep", "%v of %d sites keeps none", c.Random.Keep, sites)
		}
	case c.Pattern.Given():
		return c.checkPattern(h, w)
	default:
		if len(c.Keep) == 0 {
			return config.Errorf("dft", "keep", "no frequency is kept")
		}
		for i, k := range c.Keep {
			if k < 0 || k >= h*w {
				return config.Errorf("dft", "keep", "entry %d is %d, outside [0,%d)", i, k, h*w)
			}
			if i > 0 && k <= c.Keep[i-1] {
				return config.Errorf("dft", "keep", "entry %d is %d, not above the one before it; zeros and ones go into pattern", i, k)
			}
		}
	}
	return nil
}

// checkPattern refuses a pattern that is not one number, 0 or 1, for each frequency of an H x W plane, or has no 1.
func (c DFTConfig) checkPattern(h, w int) error {
	v, err := c.pattern(h, w)
	if err != nil {
		return config.Named("dft", config.Below("pattern", err))
	}
	if len(v) != h*w {
		return config.Errorf("dft", "pattern", "has %d numbers; it must be [%d,%d]", len(v), h, w)
	}
	for i, x := range v {
		if x != 0 && x != 1 {
			return config.Errorf("dft", "pattern", "entry [%d,%d] is %v; it must be 0 or 1", i/w, i%w, x)
		}
	}
	if !slices.Contains(v, 1) {
		return config.Errorf("dft", "pattern", "no frequency is kept")
	}
	return nil
}

// pattern returns the numbers of the pattern, whose shape must be [H,W] behind extents of 1.
func (c DFTConfig) pattern(h, w int) ([]float64, error) {
	if c.Pattern.Values.Complex {
		return nil, fmt.Errorf("%s holds complex numbers; it must hold 0 and 1", c.Pattern.Name())
	}
	v, err := c.Pattern.Fitting(func(shape []int, _ bool) error {
		n := len(shape)
		if size, ok := config.Size(shape...); n < 2 || shape[n-2] != h || shape[n-1] != w || !ok || size != h*w {
			return fmt.Errorf("it must be [%d,%d]", h, w)
		}
		return nil
	})
	return v.Data, err
}

// Build returns a *DFT for images of shape in, [C,H,W].
func (c DFTConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	return newDFT(in, c, c.kept(in.Dim(1), in.Dim(2))), nil
}

func init() { inverse.Register(DFTConfig{}) }
