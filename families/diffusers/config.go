package diffusers

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/unet"
)

// Config describes a UNet2DModel of diffusers in the vocabulary of its config.json. Fields that may be null
// there are pointers: attention_head_dim is 8 where it is absent, and where it is null there is one head.
type Config struct {
	Class             string   `json:"_class_name"`              // UNet2DModel
	Version           string   `json:"_diffusers_version"`       // of diffusers that wrote the config; without effect
	SampleSize        Size     `json:"sample_size"`              // extents of the images, where they are told
	InChannels        int      `json:"in_channels"`              // channels of an image
	OutChannels       int      `json:"out_channels"`             // channels of the output
	CenterInput       bool     `json:"center_input_sample"`      // the network maps images from [0, 1] to [-1, 1] itself
	TimeEmbedding     string   `json:"time_embedding_type"`      // positional, of steps, or fourier, of noise levels
	FreqShift         float64  `json:"freq_shift"`               // frequencies are 10000^(-k/(h-freq_shift))
	FlipSinToCos      bool     `json:"flip_sin_to_cos"`          // cosines first
	DownBlocks        []string `json:"down_block_types"`         // from the highest resolution
	UpBlocks          []string `json:"up_block_types"`           // from the lowest resolution
	Channels          []int    `json:"block_out_channels"`       // width of every level
	LayersPerBlock    int      `json:"layers_per_block"`         // residual blocks a level on the way down, and one more up
	MidScale          float64  `json:"mid_block_scale_factor"`   // divides the sums of the middle
	DownsamplePadding int      `json:"downsample_padding"`       // 1 on both sides; 0: one after
	DownsampleType    string   `json:"downsample_type"`          // conv or resnet, of AttnDownBlock2D
	UpsampleType      string   `json:"upsample_type"`            // conv or resnet, of AttnUpBlock2D
	Dropout           float64  `json:"dropout"`                  // in training
	Act               string   `json:"act_fn"`                   // silu, swish, gelu or relu
	HeadDim           *int     `json:"attention_head_dim"`       // channels a head; null is one head
	NormGroups        *int     `json:"norm_num_groups"`          // null where all blocks have a skip path
	AttnNormGroups    *int     `json:"attn_norm_num_groups"`     // groups in the norm of the middle's attention
	NormEps           float64  `json:"norm_eps"`                 // added to the variance in every group norm
	TimeScaleShift    string   `json:"resnet_time_scale_shift"`  // default or scale_shift
	AddAttention      bool     `json:"add_attention"`            // in the middle
	ClassEmbedding    *string  `json:"class_embed_type"`         // timestep or identity; null for a table, or none
	ClassEmbeds       *int     `json:"num_class_embeds"`         // rows of that table; null for none
	UseCheckpoint     bool     `json:"use_checkpoint,omitempty"` // ours: derivatives compute blocks again
}

// Size holds the extents of images as sample_size has them: none, one for both axes, or two. In JSON that is
// null, 32 or [32, 48].
type Size []int

// UnmarshalJSON reads null, a number, or a list of two.
func (s *Size) UnmarshalJSON(text []byte) error {
	var one int
	if json.Unmarshal(text, &one) == nil && string(text) != "null" {
		*s = Size{one}
		return nil
	}
	var all []int
	if err := json.Unmarshal(text, &all); err != nil || all != nil && len(all) != 2 {
		return fmt.Errorf("sample_size is %s; want null, a number, or two", text)
	}
	*s = all
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (s Size) MarshalJSON() ([]byte, error) {
	if len(s) == 1 {
		return json.Marshal(s[0])
	}
	return json.Marshal([]int(s))
}

// Extents returns the extents of both axes, or nil where the config does not tell them.
func (s Size) Extents() []int {
	if len(s) == 1 {
		return []int{s[0], s[0]}
	}
	return slices.Clone([]int(s))
}

const diffusersClass = "UNet2DModel"

// Default returns the values that diffusers takes for keys that are absent.
func Default() Config {
	heads, groups := 8, 32
	return Config{Class: diffusersClass, InChannels: 3, OutChannels: 3, TimeEmbedding: "positional", FlipSinToCos: true,
		DownBlocks: []string{"DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"},
		UpBlocks:   []string{"AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"},
		Channels:   []int{224, 448, 672, 896}, LayersPerBlock: 2, MidScale: 1, DownsamplePadding: 1, DownsampleType: "conv", UpsampleType: "conv",
		Act: "silu", HeadDim: &heads, NormGroups: &groups, NormEps: 1e-5, TimeScaleShift: "default", AddAttention: true}
}

// nullable are the keys of which null means something; of any other it means that the key is absent, as later versions of
// diffusers write keys that they have added.
var nullable = []string{"sample_size", "attention_head_dim", "norm_num_groups", "attn_norm_num_groups", "class_embed_type", "num_class_embeds",
	"downsample_type", "upsample_type"}

// fixedInDiffusers are keys of later versions that change the network, with the values that leave it what it is here; a
// mid_block_type of null is a network without a middle.
var fixedInDiffusers = map[string][]string{
	"mid_block_type": {`"UNetMidBlock2D"`}, "attention_legacy_order": {"false", "null"}, "num_train_timesteps": {"null"}, "time_embedding_dim": {"null"},
}

// ofAverages are the keys of diffusers' EMAModel, which writes them into the config.json of the network.
var ofAverages = []string{"decay", "inv_gamma", "min_decay", "optimization_step", "power", "update_after_step", "use_ema_warmup"}

// Parse reads the config.json of a UNet2DModel onto Default. It passes over keys that begin with _,
// which are notes, those of averages, and keys that are null, but for nullable ones. It returns an error for another class and for an unknown
// key, and what Validate finds.
func Parse(text []byte) (Config, error) {
	c := Default()
	keys, err := config.Object(text)
	if err != nil {
		return c, fmt.Errorf("unet: config: %w", err)
	}
	if raw, ok := keys["_class_name"]; ok && string(raw) != "null" && string(raw) != `"`+diffusersClass+`"` {
		return c, unet.Wrong("_class_name", string(raw), diffusersClass)
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		v := string(keys[k])
		allowed, fixed := fixedInDiffusers[k]
		switch {
		case fixed && !slices.Contains(allowed, v):
			return c, unet.Wrong(k, v, allowed[0])
		case fixed, slices.Contains(ofAverages, k), strings.HasPrefix(k, "_") && k != "_class_name" && k != "_diffusers_version", v == "null" && !slices.Contains(nullable, k):
			delete(keys, k)
		}
	}
	rest, err := json.Marshal(keys)
	if err != nil {
		return c, fmt.Errorf("unet: config: %w", err)
	}
	if err := config.Decode(rest, &c); err != nil {
		return c, fmt.Errorf("unet: config: %w", err)
	}
	return c, c.Validate()
}

// unetRes is what early versions of diffusers write before the names of block types.
const unetRes = "UNetRes"

// Effective returns c with fields that others leave without effect at their defaults, and with today's names of block
// types and activations.
func (c Config) Effective() Config {
	d := Default()
	if c.Class == "" {
		c.Class = d.Class
	}
	short := func(types []string) []string {
		out := make([]string, len(types))
		for i, t := range types {
			out[i] = strings.TrimPrefix(t, unetRes)
		}
		return out
	}
	c.DownBlocks, c.UpBlocks, c.Channels = short(c.DownBlocks), short(c.UpBlocks), slices.Clone(c.Channels)
	if c.Act == "swish" {
		c.Act = "silu"
	}
	if c.TimeEmbedding == "fourier" {
		c.FreqShift, c.FlipSinToCos = d.FreqShift, d.FlipSinToCos
	}
	if !slices.Contains(c.DownBlocks, "AttnDownBlock2D") {
		c.DownsampleType = d.DownsampleType
	}
	if !slices.Contains(c.UpBlocks, "AttnUpBlock2D") {
		c.UpsampleType = d.UpsampleType
	}
	if c.ClassEmbedding != nil {
		c.ClassEmbeds = nil
	}
	return c
}

// String returns the effective config as indented JSON, as diffusers writes it.
func (c Config) String() string {
	return unet.Printed(c.Effective())
}

// Hash returns the SHA-256 of the effective config in hexadecimal. It does not depend on the version of diffusers that
// wrote the config.
// It panics when the config holds NaN or an infinity, for which JSON has no number and which Validate refuses.
func (c Config) Hash() string {
	c = c.Effective()
	c.Version = ""
	return unet.Hashed(c)
}

// Multiple returns the number that must divide the extents of images: 2^(levels-1).
func (c Config) Multiple() int { return 1 << (len(c.Channels) - 1) }

// CheckShape returns an error unless the network takes images of shape x [B,C,H,W]; for wrong extents it names the
// nearest legal size.
func (c Config) CheckShape(x autodiff.Shape) error {
	if msg := unet.Misfit(x, c.InChannels, len(c.Channels)); msg != "" {
		return fmt.Errorf("unet: images %v: %s", x, msg)
	}
	return nil
}
