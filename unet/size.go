package unet

import (
	"fmt"

	"tweedie/autodiff"
)

// Multiple returns the number that must divide every extent that the levels halve: 2^(levels-1).
func (c ADMConfig) Multiple() int { return 1 << (len(c.ChannelMult) - 1) }

// factor is how much a level divides each spatial axis: 2, but 1 for the depth of a volume unless HalveDepth.
func (c ADMConfig) factor() []int {
	f := make([]int, c.Dims)
	for i := range f {
		f[i] = 2
	}
	if c.Dims == 3 && !c.HalveDepth {
		f[0] = 1
	}
	return f
}

// CheckShape returns an error unless the network takes images of shape x [B,C,...]: with the axes and channels of the
// config, and with halved extents that are multiples of 2^(levels-1). For wrong extents it names the nearest legal
// size.
func (c ADMConfig) CheckShape(x autodiff.Shape) error {
	c = c.Effective()
	if msg := c.misfit(x); msg != "" {
		return fmt.Errorf("unet: images %v: %s", x, msg)
	}
	return nil
}

// misfit says what is wrong with x, and what would be right.
func (c *ADMConfig) misfit(x autodiff.Shape) string {
	if x.Rank() != 2+c.Dims {
		return fmt.Sprintf("want [B,C] and %d spatial axes", c.Dims)
	}
	if x.Dim(1) != c.InChannels {
		return fmt.Sprintf("want %d channels", c.InChannels)
	}
	first := 2
	if c.Dims == 3 && !c.HalveDepth {
		first = 3
	}
	return uneven(x, first, len(c.ChannelMult))
}

// misfit2 says what is wrong with x as images with two spatial axes for a network with the given levels.
func misfit2(x autodiff.Shape, channels, levels int) string {
	switch {
	case x.Rank() != 4:
		return "want [B,C,H,W]"
	case x.Dim(1) != channels:
		return fmt.Sprintf("want %d channels", channels)
	}
	return uneven(x, 2, levels)
}

// uneven says which extents of x, from axis first on, cannot be halved between the levels.
func uneven(x autodiff.Shape, first, levels int) string {
	m := 1 << (levels - 1)
	legal, ok := x, x.Size() > 0
	for i := first; i < x.Rank(); i++ {
		if n := x.Dim(i); n < m || n%m != 0 {
			ok, legal = false, legal.With(i, nearest(n, m))
		}
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("%d levels need extents that are multiples of %d; the nearest size is %v; pad or crop to it", levels, m, legal.Tail(2))
}

// nearest is the positive multiple of m nearest to n, the larger of two.
func nearest(n, m int) int { return max(m, (n+m/2)/m*m) }
