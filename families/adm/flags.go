package adm

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"tweedie/internal/config"
	"tweedie/unet"
)

// flags describes a network in the vocabulary of guided-diffusion's scripts, as its model cards do. Config is what
// they stand for.
type flags struct {
	ImageSize            int     `json:"image_size"`
	NumChannels          int     `json:"num_channels"`
	NumResBlocks         int     `json:"num_res_blocks"`
	ChannelMult          string  `json:"channel_mult"`          // "1,2,2"; "" is the default of the image size
	AttentionResolutions string  `json:"attention_resolutions"` // sides of the feature maps, "32,16,8"
	NumHeads             int     `json:"num_heads"`
	NumHeadChannels      int     `json:"num_head_channels"`
	NumHeadsUpsample     int     `json:"num_heads_upsample"`
	LearnSigma           bool    `json:"learn_sigma"`
	ClassCond            bool    `json:"class_cond"`
	UseScaleShiftNorm    bool    `json:"use_scale_shift_norm"`
	ResblockUpdown       bool    `json:"resblock_updown"`
	UseNewAttentionOrder bool    `json:"use_new_attention_order"`
	Dropout              float64 `json:"dropout"`
	UseCheckpoint        bool    `json:"use_checkpoint"`
	UseFP16              bool    `json:"use_fp16"` // how it was trained; nothing depends on it
}

// defaultFlags is the default of guided-diffusion's scripts.
func defaultFlags() flags {
	return flags{ImageSize: 64, NumChannels: 128, NumResBlocks: 2, AttentionResolutions: "16,8",
		NumHeads: 4, NumHeadChannels: -1, NumHeadsUpsample: -1, UseScaleShiftNorm: true}
}

// Config is the network that the flags stand for, of RGB images and with 1000 classes where class_cond is set. As in
// the original, a side in attention_resolutions that no level has is left out.
func (f flags) Config() (Config, error) {
	c := Default()
	c.ImageSize, c.InChannels, c.OutChannels = f.ImageSize, 3, 3
	c.ModelChannels, c.NumResBlocks, c.Dropout = f.NumChannels, f.NumResBlocks, f.Dropout
	c.NumHeads, c.NumHeadChannels, c.NumHeadsUpsample = f.NumHeads, f.NumHeadChannels, f.NumHeadsUpsample
	c.ScaleShiftNorm, c.ResblockUpdown, c.NewAttentionOrder = f.UseScaleShiftNorm, f.ResblockUpdown, f.UseNewAttentionOrder
	c.UseCheckpoint = f.UseCheckpoint
	if f.LearnSigma {
		c.OutChannels = 6
	}
	if f.ClassCond {
		c.NumClasses = 1000
	}
	mult := f.ChannelMult
	if mult == "" {
		known := map[int]string{512: "0.5,1,1,2,2,4,4", 256: "1,1,2,2,4,4", 128: "1,1,2,3,4", 64: "1,2,3,4", 32: "1,2,4"}
		if mult = known[f.ImageSize]; mult == "" {
			return c, unet.Wrong("channel_mult", `""`, fmt.Sprintf("a list such as 1,2,2,2: image_size %d has no default", f.ImageSize))
		}
	}
	c.ChannelMult = nil
	for _, m := range strings.Split(mult, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(m), 64)
		if err != nil {
			return c, unet.Wrong("channel_mult", strconv.Quote(f.ChannelMult), "numbers with commas between them")
		}
		c.ChannelMult = append(c.ChannelMult, v)
	}
	for _, r := range strings.Split(f.AttentionResolutions, ",") {
		side, err := strconv.Atoi(strings.TrimSpace(r))
		if err != nil || side < 1 {
			return c, unet.Wrong("attention_resolutions", strconv.Quote(f.AttentionResolutions), "sides of feature maps with commas between them")
		}
		if k := f.ImageSize / side; k >= 1 && k&(k-1) == 0 && log2(k) < len(c.ChannelMult) {
			c.AttentionResolutions = append(c.AttentionResolutions, k)
		}
	}
	return c, c.Validate()
}

// constructor is an Config with the fields of UNetModel that have no effect here.
type constructor struct {
	Config
	FP16 bool `json:"use_fp16"`
}

// Parse reads the configuration of a guided-diffusion network: the arguments of UNetModel, the flags of the scripts,
// or an object {"unet": arguments, "flags": flags} with either, in which the arguments win. What is not given gets
// guided-diffusion's default. It returns an error for a field that does not exist, and what Validate finds.
func Parse(text []byte) (Config, error) {
	fail := func(err error) (Config, error) { return Config{}, fmt.Errorf("unet: config: %w", err) }
	fields, err := config.Object(text)
	if err != nil {
		return fail(err)
	}
	arguments, hasArguments := fields["unet"]
	flags, hasFlags := fields["flags"]
	switch {
	case hasArguments || hasFlags:
		var both struct {
			Family string          `json:"family"`
			UNet   json.RawMessage `json:"unet"`
			Flags  json.RawMessage `json:"flags"`
		}
		if err := config.Decode(text, &both); err != nil {
			return fail(err)
		}
		if both.Family != "" && both.Family != "adm" {
			return Config{}, unet.Wrong("family", strconv.Quote(both.Family), `"adm"`)
		}
	case fields["num_channels"] != nil:
		flags = text
	default:
		arguments = text
	}
	if arguments != nil {
		c := constructor{Config: Default()}
		if err := config.Decode(arguments, &c); err != nil {
			return fail(err)
		}
		return c.Config, c.Validate()
	}
	f := defaultFlags()
	if err := config.Decode(flags, &f); err != nil {
		return fail(err)
	}
	return f.Config()
}
