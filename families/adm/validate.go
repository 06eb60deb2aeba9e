package adm

import (
	"fmt"
	"math"
	"slices"
	"tweedie/unet"
)

// Validate returns an error about the first field that is wrong: its name in JSON, its value, and what would be right.
func (c Config) Validate() error {
	levels := len(c.ChannelMult)
	if levels < 1 || levels > unet.MostLevels {
		return unet.Wrong("channel_mult", c.ChannelMult, fmt.Sprintf("1 to %d levels", unet.MostLevels))
	}
	for l, m := range c.ChannelMult {
		if w := m * float64(c.ModelChannels); c.ModelChannels > 0 && !(w >= 1 && w <= unet.MostChannels) {
			return unet.Wrong("channel_mult", c.ChannelMult, fmt.Sprintf("1 to %d channels at every level; level %d has %g", unet.MostChannels, l, w))
		}
	}
	c = c.Effective()
	within := func(n, lo, hi int) bool { return n >= lo && n <= hi }
	for _, r := range []struct {
		field string
		value any
		ok    bool
		want  string
	}{
		{"dims", c.Dims, within(c.Dims, 1, 3), "1, 2 or 3 spatial axes"},
		{"image_size", c.ImageSize, within(c.ImageSize, 0, 1<<30), "the side of the images, or 0 where it is unknown"},
		{"in_channels", c.InChannels, within(c.InChannels, 1, unet.MostChannels), "the number of channels of an image"},
		{"out_channels", c.OutChannels, within(c.OutChannels, 1, unet.MostChannels), "a positive number of channels, or 0 for in_channels"},
		{"num_classes", c.NumClasses, within(c.NumClasses, 0, unet.MostClasses), "the number of classes, or 0 for none"},
		{"model_channels", c.ModelChannels, within(c.ModelChannels, 2, unet.MostChannels), "at least 2"},
		{"stem_channels", c.StemChannels, within(c.StemChannels, 1, unet.MostChannels), "a positive number of channels, or 0 for the first level's"},
		{"num_res_blocks", c.NumResBlocks, within(c.NumResBlocks, 1, unet.MostBlocks), fmt.Sprintf("1 to %d", unet.MostBlocks)},
		{"norm_groups", c.NormGroups, within(c.NormGroups, 1, unet.MostChannels), "a positive number of groups, or 0 for 32"},
		{"norm_groups", c.NormGroups, c.StemChannels%c.NormGroups == 0, fmt.Sprintf("a divisor of the first convolution's %d channels", c.StemChannels)},
		{"num_heads", c.NumHeads, c.NumHeads >= 1, "at least 1, or num_head_channels"},
		{"label_scale", c.LabelScale, math.Abs(c.LabelScale) <= math.MaxFloat32, "a finite number"},
		{"dropout", c.Dropout, c.Dropout >= 0 && c.Dropout < 1, "at least 0 and less than 1"},
		{"image_size", c.ImageSize, c.ImageSize%c.Multiple() == 0, fmt.Sprintf("a multiple of %d, such as %d", c.Multiple(), unet.Nearest(c.ImageSize, c.Multiple()))},
	} {
		if !r.ok {
			return unet.Wrong(r.field, r.value, r.want)
		}
	}
	for l := range levels {
		if w := c.Width(l); w%c.NormGroups != 0 {
			return unet.Wrong("norm_groups", c.NormGroups, fmt.Sprintf("a divisor of the %d channels of level %d (channel_mult %g times model_channels %d)", w, l, c.ChannelMult[l], c.ModelChannels))
		}
	}
	return c.validateAttention()
}

// validateAttention checks the factors, and the heads wherever there is attention.
func (c Config) validateAttention() error {
	last := len(c.ChannelMult) - 1
	listed := make([]bool, last+1)
	for i, f := range c.AttentionResolutions {
		if f < 1 || f&(f-1) != 0 || f > 1<<last || slices.Contains(c.AttentionResolutions[:i], f) {
			return unet.Wrong("attention_resolutions", c.AttentionResolutions, fmt.Sprintf("factors of downsampling, each once: powers of two from 1 to %d", 1<<last))
		}
		listed[log2(f)] = true
	}
	for l, on := range listed {
		w := c.Width(l)
		want := fmt.Sprintf("a divisor of the %d channels of level %d", w, l)
		switch {
		case !on && l != last: // the middle has attention always
		case c.NumHeadChannels > 0 && w%c.NumHeadChannels != 0:
			return unet.Wrong("num_head_channels", c.NumHeadChannels, want)
		case c.NumHeadChannels <= 0 && w%c.NumHeads != 0:
			return unet.Wrong("num_heads", c.NumHeads, want)
		case c.NumHeadChannels <= 0 && on && w%c.NumHeadsUpsample != 0:
			return unet.Wrong("num_heads_upsample", c.NumHeadsUpsample, want)
		}
	}
	return nil
}

func log2(f int) int {
	l := 0
	for ; f > 1; f >>= 1 {
		l++
	}
	return l
}
