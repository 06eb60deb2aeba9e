package optics

import (
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// InpaintConfig describes a mask: exactly one of Box, Random and Mask is given.
type InpaintConfig struct {
	// Box is a rectangle of missing pixels, the same in every channel.
	Box *BoxConfig `json:"box,omitempty"`
	// Random keeps pixels at random places.
	Random *RandomMaskConfig `json:"random,omitempty"`
	// Mask has one byte for each pixel, H*W for all channels or C*H*W; nonzero is kept. Base64 in JSON.
	Mask []byte `json:"mask,omitempty"`
	// Multiply keeps the image's shape, y = mask*x, with missing pixels that hold noise alone; otherwise
	// y is the list [m] of the kept pixels in the order of the image.
	Multiply bool `json:"multiply,omitempty"`
}

// BoxConfig is a rectangle in pixels.
type BoxConfig struct {
	Top    int `json:"top"`
	Left   int `json:"left"`
	Height int `json:"height"`
	Width  int `json:"width"`
}

// RandomMaskConfig keeps round(Keep*N) of N pixels, by a permutation drawn from Seed.
type RandomMaskConfig struct {
	// Keep is the fraction of pixels kept, in (0,1].
	Keep float64 `json:"keep"`
	// Seed picks the mask.
	Seed uint64 `json:"seed"`
	// PerChannel draws over all C*H*W entries rather than over the H*W pixels.
	PerChannel bool `json:"per_channel,omitempty"`
}

// Kind returns "inpaint".
func (InpaintConfig) Kind() string { return "inpaint" }

// Validate names the field that does not fit images of shape in.
func (c InpaintConfig) Validate(in autodiff.Shape) error {
	given := 0
	for _, ok := range []bool{c.Box != nil, c.Random != nil, c.Mask != nil} {
		if ok {
			given++
		}
	}
	if given != 1 {
		return config.Errorf("inpaint", "box, random, mask", "%d are given where exactly one belongs", given)
	}
	if in.Rank() != 3 {
		return config.Errorf("inpaint", "shape", "an image %v is not [C,H,W]", in)
	}
	h, w := in.Dim(1), in.Dim(2)
	switch {
	case c.Box != nil:
		b := c.Box
		switch {
		case b.Top < 0 || b.Height < 1 || b.Top > h-b.Height:
			return config.Errorf("inpaint", "box.height", "%d rows from row %d on are not inside [0,%d)", b.Height, b.Top, h)
		case b.Left < 0 || b.Width < 1 || b.Left > w-b.Width:
			return config.Errorf("inpaint", "box.width", "%d columns from column %d on are not inside [0,%d)", b.Width, b.Left, w)
		case b.Height == h && b.Width == w:
			return config.Errorf("inpaint", "box", "no pixel of the %dx%d image is left", h, w)
		}
	case c.Random != nil:
		if !(c.Random.Keep > 0 && c.Random.Keep <= 1) {
			return config.Errorf("inpaint", "random.keep", "%v is not in (0,1]", c.Random.Keep)
		}
		if n := c.sites(in); math.Round(c.Random.Keep*float64(n)) < 1 {
			return config.Errorf("inpaint", "random.keep", "%v of %d pixels keeps none", c.Random.Keep, n)
		}
	default:
		if len(c.Mask) != h*w && len(c.Mask) != in.Size() {
			return config.Errorf("inpaint", "mask", "%d entries where %d (all channels alike) or %d belong", len(c.Mask), h*w, in.Size())
		}
		for _, m := range c.Mask {
			if m != 0 {
				return nil
			}
		}
		return config.Errorf("inpaint", "mask", "no pixel is kept")
	}
	return nil
}

// sites returns the number of places among which a random mask chooses.
func (c InpaintConfig) sites(in autodiff.Shape) int {
	if c.Random.PerChannel {
		return in.Size()
	}
	return in.Dim(1) * in.Dim(2)
}

// Build returns an *Inpaint for images of shape in, [C,H,W].
func (c InpaintConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	n, plane := in.Size(), in.Dim(1)*in.Dim(2)
	mask := c.Mask
	switch {
	case c.Box != nil:
		mask = make([]byte, plane)
		for i := range mask {
			r, q := i/in.Dim(2)-c.Box.Top, i%in.Dim(2)-c.Box.Left
			if r < 0 || r >= c.Box.Height || q < 0 || q >= c.Box.Width {
				mask[i] = 1
			}
		}
	case c.Random != nil:
		mask = make([]byte, c.sites(in))
		perm := rng.New(c.Random.Seed).Split("inpaint", 0).Stream().Perm(len(mask))
		for _, i := range perm[:int(math.Round(c.Random.Keep*float64(len(mask))))] {
			mask[i] = 1
		}
	}
	var kept, dropped []int
	for i := range n {
		if mask[i%len(mask)] != 0 {
			kept = append(kept, i)
		} else {
			dropped = append(dropped, i)
		}
	}
	out := autodiff.S(len(kept))
	if c.Multiply {
		out = in
	}
	return &Inpaint{
		Base: inverse.BaseOf(c, in, out), multiply: c.Multiply,
		order: append(kept, dropped...), kept: len(kept), ones: slices.Repeat([]float64{1}, len(kept)),
	}, nil
}

func init() { inverse.Register(InpaintConfig{}) }
