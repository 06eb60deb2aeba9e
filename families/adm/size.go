package adm

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/unet"
)

// Multiple returns the number that must divide every extent that the levels halve: 2^(levels-1).
func (c Config) Multiple() int { return 1 << (len(c.ChannelMult) - 1) }

// factor is how much a level divides each spatial axis: 2, but 1 for the depth of a volume unless HalveDepth.
func (c Config) factor() []int {
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
func (c Config) CheckShape(x autodiff.Shape) error {
	c = c.Effective()
	if msg := c.misfit(x); msg != "" {
		return fmt.Errorf("unet: images %v: %s", x, msg)
	}
	return nil
}

// misfit says what is wrong with x, and what would be right.
func (c *Config) misfit(x autodiff.Shape) string {
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
	return unet.Uneven(x, first, len(c.ChannelMult))
}
