package optics

import (
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Validate names the field that does not fit images of shape in.
func (c InpaintConfig) Validate(in autodiff.Shape) error {
	_, err := c.mask(in)
	return err
}

// mask returns a byte for each pixel, H*W for all channels or C*H*W, of which at least one is not zero.
func (c InpaintConfig) mask(in autodiff.Shape) ([]byte, error) {
	given := 0
	for _, ok := range []bool{c.Box != nil, c.Random != nil, c.Lattice != nil, c.Keep.Given(), c.Mask != nil} {
		if ok {
			given++
		}
	}
	if given != 1 {
		return nil, config.Errorf("inpaint", "box, random, lattice, keep, mask", "%d are given where exactly one belongs", given)
	}
	if in.Rank() != 3 {
		return nil, config.Errorf("inpaint", "shape", "an image %v is not [C,H,W]", in)
	}
	h, w := in.Dim(1), in.Dim(2)
	switch {
	case c.Box != nil:
		return c.Box.mask(h, w)
	case c.Random != nil:
		return c.Random.mask(in)
	case c.Lattice != nil:
		return c.Lattice.mask(h, w)
	case c.Keep.Given():
		return threshold(c.Keep, in)
	}
	if len(c.Mask) != h*w && len(c.Mask) != in.Size() {
		return nil, config.Errorf("inpaint", "mask", "%d entries where %d (all channels alike) or %d belong", len(c.Mask), h*w, in.Size())
	}
	if !slices.ContainsFunc(c.Mask, func(m byte) bool { return m != 0 }) {
		return nil, config.Errorf("inpaint", "mask", "no pixel is kept")
	}
	return c.Mask, nil
}

func (b *BoxConfig) mask(h, w int) ([]byte, error) {
	switch {
	case b.Top < 0 || b.Height < 1 || b.Top > h-b.Height:
		return nil, config.Errorf("inpaint", "box.height", "%d rows from row %d on are not inside [0,%d)", b.Height, b.Top, h)
	case b.Left < 0 || b.Width < 1 || b.Left > w-b.Width:
		return nil, config.Errorf("inpaint", "box.width", "%d columns from column %d on are not inside [0,%d)", b.Width, b.Left, w)
	case b.Height == h && b.Width == w:
		return nil, config.Errorf("inpaint", "box", "no pixel of the %dx%d image is left", h, w)
	}
	mask := make([]byte, h*w)
	for i := range mask {
		r, q := i/w-b.Top, i%w-b.Left
		if r < 0 || r >= b.Height || q < 0 || q >= b.Width {
			mask[i] = 1
		}
	}
	return mask, nil
}

func (r *RandomMaskConfig) mask(in autodiff.Shape) ([]byte, error) {
	if !(r.Keep > 0 && r.Keep <= 1) {
		return nil, config.Errorf("inpaint", "random.keep", "%v is not in (0,1]", r.Keep)
	}
	n := in.Dim(1) * in.Dim(2)
	if r.PerChannel {
		n = in.Size()
	}
	count := int(math.Round(r.Keep * float64(n)))
	if count < 1 {
		return nil, config.Errorf("inpaint", "random.keep", "%v of %d pixels keeps none", r.Keep, n)
	}
	mask := make([]byte, n)
	for _, i := range rng.New(r.Seed).Split("inpaint", 0).Stream().Perm(n)[:count] {
		mask[i] = 1
	}
	return mask, nil
}

func (l *LatticeConfig) mask(h, w int) ([]byte, error) {
	k := config.Check("inpaint")
	k.Int("lattice.rows", l.Rows, 1, h)
	k.Int("lattice.cols", l.Cols, 1, w)
	k.Int("lattice.top", l.Top, 0, h-1)
	k.Int("lattice.left", l.Left, 0, w-1)
	if err := k.Err(); err != nil {
		return nil, err
	}
	mask := make([]byte, h*w)
	for i := l.Top; i < h; i += l.Rows {
		for j := l.Left; j < w; j += l.Cols {
			mask[i*w+j] = 1
		}
	}
	return mask, nil
}

// threshold keeps the pixels that exceed half of the largest entry of an array.
func threshold(a inverse.Array, in autodiff.Shape) ([]byte, error) {
	v, err := perPixel("inpaint", "keep", a, [3]int{in.Dim(0), in.Dim(1), in.Dim(2)}, inverse.MostEntry)
	if err != nil {
		return nil, err
	}
	largest := slices.Max(v)
	if largest <= 0 {
		return nil, config.Errorf("inpaint", "keep", "no entry is positive, so that no pixel is kept")
	}
	mask := make([]byte, len(v))
	for i, x := range v {
		if x > largest/2 {
			mask[i] = 1
		}
	}
	return mask, nil
}
