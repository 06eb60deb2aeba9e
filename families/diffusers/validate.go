package diffusers

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/layers"
	"tweedie/unet"
)

// blockType is what a block type says about a level.
type blockType struct {
	attention bool // after every residual block; on the way up with a skip path, after the last
	skip      bool // a pyramid of the images goes along, filtered
	resnets   bool // residual blocks change the resolution, whatever downsample_type and upsample_type are
}

// blockTypes are the block types of UNet2DModel by the way that they are on.
var blockTypes = map[string]map[string]blockType{
	"down_block_types": {
		"DownBlock2D": {}, "AttnDownBlock2D": {attention: true}, "ResnetDownsampleBlock2D": {resnets: true},
		"SkipDownBlock2D": {skip: true}, "AttnSkipDownBlock2D": {skip: true, attention: true},
	},
	"up_block_types": {
		"UpBlock2D": {}, "AttnUpBlock2D": {attention: true}, "ResnetUpsampleBlock2D": {resnets: true},
		"SkipUpBlock2D": {skip: true}, "AttnSkipUpBlock2D": {skip: true, attention: true},
	},
}

// acts are our names for those of diffusers.
var acts = map[string]layers.Activation{"silu": "silu", "gelu": "gelu", "relu": "relu"}

// Validate returns an error about the first field that is wrong: its name in JSON, its value, and what would be right.
// Channels that the norms of blocks with a skip path cannot divide into groups are found by New only.
func (c Config) Validate() error {
	c = c.Effective()
	within := func(n, lo, hi int) bool { return n >= lo && n <= hi }
	optional := func(p *int, hi int) bool { return p == nil || within(*p, 1, hi) }
	levels := len(c.Channels)
	if !within(levels, 1, unet.MostLevels) {
		return unet.Wrong("block_out_channels", c.Channels, fmt.Sprintf("1 to %d levels", unet.MostLevels))
	}
	if slices.Min(c.Channels) < 2 || slices.Max(c.Channels) > unet.MostChannels {
		return unet.Wrong("block_out_channels", c.Channels, fmt.Sprintf("2 to %d channels at every level", unet.MostChannels))
	}
	multiple := true
	for _, n := range c.SampleSize {
		multiple = multiple && within(n, 1, 1<<30) && n%c.Multiple() == 0
	}
	kind := ""
	if c.ClassEmbedding != nil {
		kind = *c.ClassEmbedding
	}
	for _, r := range []struct {
		field string
		value any
		ok    bool
		want  string
	}{
		{"_class_name", c.Class, c.Class == diffusersClass, diffusersClass},
		{"sample_size", c.SampleSize, multiple, fmt.Sprintf("null, or multiples of %d", c.Multiple())},
		{"in_channels", c.InChannels, within(c.InChannels, 1, unet.MostChannels), "the number of channels of an image"},
		{"out_channels", c.OutChannels, within(c.OutChannels, 1, unet.MostChannels), "a positive number of channels"},
		{"time_embedding_type", c.TimeEmbedding, c.TimeEmbedding == "positional" || c.TimeEmbedding == "fourier", "positional or fourier"},
		{"freq_shift", c.FreqShift, c.FreqShift > -math.MaxFloat32 && (c.FreqShift < float64(c.Channels[0]/2) || c.Channels[0] < 4), fmt.Sprintf("less than %d, half of block_out_channels[0]", c.Channels[0]/2)},
		{"down_block_types", c.DownBlocks, len(c.DownBlocks) == levels, fmt.Sprintf("%d, as many as block_out_channels %v", levels, c.Channels)},
		{"up_block_types", c.UpBlocks, len(c.UpBlocks) == levels, fmt.Sprintf("%d, as many as block_out_channels %v", levels, c.Channels)},
		{"layers_per_block", c.LayersPerBlock, within(c.LayersPerBlock, 1, unet.MostBlocks), fmt.Sprintf("1 to %d", unet.MostBlocks)},
		{"mid_block_scale_factor", c.MidScale, c.MidScale > 0 && c.MidScale <= math.MaxFloat32, "a positive number"},
		{"downsample_padding", c.DownsamplePadding, within(c.DownsamplePadding, 0, 1), "0 or 1"},
		{"downsample_type", c.DownsampleType, c.DownsampleType == "conv" || c.DownsampleType == "resnet", "conv or resnet"},
		{"upsample_type", c.UpsampleType, c.UpsampleType == "conv" || c.UpsampleType == "resnet", "conv or resnet"},
		{"dropout", c.Dropout, c.Dropout >= 0 && c.Dropout < 1, "at least 0 and less than 1"},
		{"act_fn", c.Act, acts[c.Act] != "", "silu, swish, gelu or relu"},
		{"attention_head_dim", shown(c.HeadDim), optional(c.HeadDim, unet.MostChannels), "null, or a positive number of channels"},
		{"norm_num_groups", shown(c.NormGroups), optional(c.NormGroups, unet.MostChannels), "null, or a positive number of groups"},
		{"attn_norm_num_groups", shown(c.AttnNormGroups), optional(c.AttnNormGroups, unet.MostChannels), "null, or a positive number of groups"},
		{"norm_eps", c.NormEps, c.NormEps > 0 && c.NormEps <= math.MaxFloat32, "a positive number such as 1e-5"},
		{"resnet_time_scale_shift", c.TimeScaleShift, c.TimeScaleShift == "default" || c.TimeScaleShift == "scale_shift", "default or scale_shift"},
		{"class_embed_type", kind, slices.Contains([]string{"", "timestep", "identity"}, kind), "null, timestep or identity"},
		{"num_class_embeds", shown(c.ClassEmbeds), optional(c.ClassEmbeds, unet.MostClasses), "null, or the number of classes"},
	} {
		if !r.ok {
			return unet.Wrong(r.field, r.value, r.want)
		}
	}
	if err := c.validateBlocks("down_block_types", c.DownBlocks, c.InChannels); err != nil {
		return err
	}
	if err := c.validateBlocks("up_block_types", c.UpBlocks, c.OutChannels); err != nil {
		return err
	}
	return c.validateChannels()
}

// shown is *p, or null.
func shown(p *int) any {
	if p == nil {
		return "null"
	}
	return *p
}

// validateBlocks says which type of a way is unknown, or cannot have its skip path, which is one of three channels: on the
// way down it begins at the images, on the way up it ends there, and only blocks with one change its resolution.
func (c *Config) validateBlocks(way string, types []string, channels int) error {
	known := blockTypes[way]
	var names []string
	for n := range known {
		names = append(names, n)
	}
	slices.Sort(names)
	before, last := "", len(types)-1
	for i, t := range types {
		block, ok := known[t]
		field := fmt.Sprintf("%s[%d]", way, i)
		switch {
		case !ok:
			return unet.Wrong(field, t, "one of "+strings.Join(names, ", "))
		case way == "down_block_types" && block.skip && i < last && before != "":
			return unet.Wrong(field, t, fmt.Sprintf("a block without a skip path, as %s before it leaves that behind", before))
		case way == "up_block_types" && !block.skip && before != "":
			return unet.Wrong(field, t, fmt.Sprintf("a block with a skip path, as %s before it", before))
		case block.skip && i < last && channels != 3:
			return unet.Wrong(field, t, fmt.Sprintf("another type, as a skip path has 3 channels and the images have %d", channels))
		}
		if i < last && block.skip == (way == "up_block_types") {
			before = t
		}
	}
	return nil
}

// validateChannels compares the channels of levels without a skip path with groups and heads.
func (c *Config) validateChannels() error {
	for l, w := range c.Channels {
		down, up := blockTypes["down_block_types"][c.DownBlocks[l]], blockTypes["up_block_types"][c.UpBlocks[len(c.UpBlocks)-1-l]]
		plain := !down.skip || !up.skip
		switch attends := down.attention || up.attention || l == len(c.Channels)-1 && c.AddAttention; {
		case plain && c.NormGroups == nil:
			return unet.Wrong("norm_num_groups", "null", fmt.Sprintf("a number, for the blocks without a skip path at level %d", l))
		case c.NormGroups != nil && (plain || l == 0 || l == len(c.Channels)-1) && w%*c.NormGroups != 0:
			return unet.Wrong("norm_num_groups", *c.NormGroups, fmt.Sprintf("a divisor of the %d channels of block_out_channels[%d]", w, l))
		case attends && c.HeadDim != nil && w%*c.HeadDim != 0:
			return unet.Wrong("attention_head_dim", *c.HeadDim, fmt.Sprintf("null, or a divisor of the %d channels of block_out_channels[%d]", w, l))
		}
	}
	return nil
}
