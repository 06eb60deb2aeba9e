package adm

import (
	"fmt"

	"tweedie/internal/config"
	"tweedie/unet"
)

// Config describes a network in the vocabulary of guided-diffusion's UNetModel. Default leaves in_channels,
// model_channels and num_res_blocks open, and they must be given. Networks whose Effective configs are equal compute
// the same function of their weights.
type Config struct {
	Dims        int `json:"dims"`         // spatial axes: 1, 2 or 3
	ImageSize   int `json:"image_size"`   // side of the images it was trained on, 0 where unknown; nothing depends on it
	InChannels  int `json:"in_channels"`  // channels of an image
	OutChannels int `json:"out_channels"` // 0 is in_channels; twice in_channels is a learned variance
	NumClasses  int `json:"num_classes"`  // 0 for a network without class labels

	ModelChannels int       `json:"model_channels"` // width of the label's features, and unit of all other widths
	ChannelMult   []float64 `json:"channel_mult"`   // width of every level over model_channels, highest resolution first
	StemChannels  int       `json:"stem_channels"`  // channels behind the first convolution; 0 is the width of the first level
	NumResBlocks  int       `json:"num_res_blocks"` // per level on the way down; one more on the way up
	NormGroups    int       `json:"norm_groups"`    // groups in every group norm; 0 is 32, as in all published networks

	AttentionResolutions []int `json:"attention_resolutions"`   // factors of downsampling with attention; the middle has it always
	NumHeads             int   `json:"num_heads"`               // heads of attention, where num_head_channels is not positive
	NumHeadChannels      int   `json:"num_head_channels"`       // channels a head; -1 to give num_heads instead
	NumHeadsUpsample     int   `json:"num_heads_upsample"`      // num_heads on the way up; -1 is num_heads
	NewAttentionOrder    bool  `json:"use_new_attention_order"` // channels as [q,k,v][head][d] and not [head][q,k,v][d]

	ScaleShiftNorm bool    `json:"use_scale_shift_norm"` // norm(h)(1+a)+b and not norm(h+a)
	ResblockUpdown bool    `json:"resblock_updown"`      // residual blocks change the resolution, not layers of their own
	ConvResample   bool    `json:"conv_resample"`        // those layers convolve; else they average and repeat
	HalveDepth     bool    `json:"halve_depth"`          // with dims 3, levels halve the first axis too
	LabelScale     float64 `json:"label_scale"`          // labels are multiplied by it; 0 is 1. Features suit labels of order 1000
	Dropout        float64 `json:"dropout"`              // in training, before the last convolution of a residual block
	UseCheckpoint  bool    `json:"use_checkpoint"`       // derivatives compute blocks again and do not keep what is inside
}

// Default returns the defaults of guided-diffusion's UNetModel. It leaves in_channels, model_channels and
// num_res_blocks open.
func Default() Config {
	return Config{Dims: 2, ChannelMult: []float64{1, 2, 4, 8}, NormGroups: 32, AttentionResolutions: []int{},
		NumHeads: 1, NumHeadChannels: -1, NumHeadsUpsample: -1, ConvResample: true, LabelScale: 1}
}

// ParseConfig reads a JSON object onto Default. It returns an error for a field that does not exist, and what
// Validate finds.
func ParseConfig(text []byte) (Config, error) {
	c := Default()
	if err := config.Decode(text, &c); err != nil {
		return c, fmt.Errorf("unet: config: %w", err)
	}
	return c, c.Validate()
}

// Effective returns c with zeros replaced by the defaults that they stand for, and with fields that others leave
// without effect at a fixed value.
func (c Config) Effective() Config {
	if c.Dims == 0 {
		c.Dims = 2
	}
	if c.OutChannels == 0 {
		c.OutChannels = c.InChannels
	}
	if c.StemChannels == 0 && len(c.ChannelMult) > 0 {
		c.StemChannels = c.Width(0)
	}
	if c.NormGroups == 0 {
		c.NormGroups = 32
	}
	if c.LabelScale == 0 {
		c.LabelScale = 1
	}
	if c.NumHeadsUpsample <= 0 {
		c.NumHeadsUpsample = c.NumHeads
	}
	if c.NumHeadChannels <= 0 {
		c.NumHeadChannels = -1
	} else {
		c.NumHeads, c.NumHeadsUpsample = 1, -1
	}
	c.ConvResample = c.ConvResample || c.ResblockUpdown
	c.HalveDepth = c.HalveDepth && c.Dims == 3
	c.ChannelMult = append([]float64{}, c.ChannelMult...)
	c.AttentionResolutions = append([]int{}, c.AttentionResolutions...)
	return c
}

// Width returns the number of channels at level l, counted from 0 at the highest resolution.
func (c Config) Width(l int) int { return int(c.ChannelMult[l] * float64(c.ModelChannels)) }

// LearnSigma reports whether the second half of the network's output is about the variance: out_channels is twice
// in_channels.
func (c Config) LearnSigma() bool { return c.OutChannels == 2*c.InChannels }

// String returns the effective config as indented JSON.
func (c Config) String() string {
	return unet.Printed(c.Effective())
}

// Hash returns the SHA-256 of the effective config in hexadecimal.
// It panics when the config holds NaN or an infinity, for which JSON has no number and which Validate refuses.
func (c Config) Hash() string {
	return unet.Hashed(c.Effective())
}
