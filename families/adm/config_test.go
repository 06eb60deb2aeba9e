package adm_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/layers"
	"tweedie/rng"
)

// TestValidateNamesTheField: every field has a value that is refused under the field's name.
func TestValidateNamesTheField(t *testing.T) {
	for _, r := range []struct {
		want   string
		change func(c *adm.Config)
	}{
		{"dims is 4", func(c *adm.Config) { c.Dims = 4 }},
		{"image_size is 7; want a multiple of 2, such as 8", func(c *adm.Config) { c.ImageSize = 7 }},
		{"image_size is -2", func(c *adm.Config) { c.ImageSize = -2 }},
		{"in_channels is 0", func(c *adm.Config) { c.InChannels = 0 }},
		{"out_channels is -1", func(c *adm.Config) { c.OutChannels = -1 }},
		{"num_classes is -1", func(c *adm.Config) { c.NumClasses = -1 }},
		{"model_channels is 0", func(c *adm.Config) { c.ModelChannels = 0 }},
		{"channel_mult is []", func(c *adm.Config) { c.ChannelMult = nil }},
		{"channel_mult is [1 NaN]", func(c *adm.Config) { c.ChannelMult = []float64{1, math.NaN()} }},
		{"channel_mult is [1 1e+09]", func(c *adm.Config) { c.ChannelMult = []float64{1, 1e9} }},
		{"stem_channels is -2", func(c *adm.Config) { c.StemChannels = -2 }},
		{"norm_groups is 2; want a divisor of the first convolution's 5 channels", func(c *adm.Config) { c.StemChannels = 5 }},
		{"norm_groups is 3; want a divisor of the 4 channels of level 0", func(c *adm.Config) { c.StemChannels, c.NormGroups = 6, 3 }},
		{"norm_groups is 32; want a divisor", func(c *adm.Config) { c.NormGroups = 0 }},
		{"num_res_blocks is 0", func(c *adm.Config) { c.NumResBlocks = 0 }},
		{"attention_resolutions is [4]; want factors of downsampling, each once: powers of two from 1 to 2", func(c *adm.Config) { c.AttentionResolutions = []int{4} }},
		{"attention_resolutions is [2 2]", func(c *adm.Config) { c.AttentionResolutions = []int{2, 2} }},
		{"num_heads is 0", func(c *adm.Config) { c.NumHeads = 0 }},
		{"num_heads is 3; want a divisor of the 8 channels of level 1", func(c *adm.Config) { c.NumHeads = 3 }},
		{"num_heads_upsample is 3", func(c *adm.Config) { c.NumHeadsUpsample = 3 }},
		{"num_head_channels is 3", func(c *adm.Config) { c.NumHeadChannels = 3 }},
		{"label_scale is NaN", func(c *adm.Config) { c.LabelScale = math.NaN() }},
		{"dropout is 1", func(c *adm.Config) { c.Dropout = 1 }},
	} {
		_, err := adm.New(layers.Root(rng.New(1)), tiny(r.change))
		if err == nil || !strings.Contains(err.Error(), r.want) {
			t.Errorf("%v: want %q", err, r.want)
		}
	}
	if err := tiny(func(c *adm.Config) { c.AttentionResolutions, c.NumHeadsUpsample = nil, 3 }).Validate(); err != nil {
		t.Errorf("heads of attention that does not exist: %v", err)
	}
}

func TestParseConfig(t *testing.T) {
	c := tiny(func(c *adm.Config) { c.NumClasses, c.Dropout = 3, 0.1 })
	again, err := adm.ParseConfig([]byte(c.String()))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := again.Hash(), c.Hash(); a != b {
		t.Errorf("what was printed parses to another config: %s is not %s", again, c)
	}
	for text, want := range map[string]string{
		`{"in_channel": 3}`: `in_channel is unknown`,
		`{"in_channels": 3, "model_channels": 32, "num_res_blocks": 1} {}`: "text follows",
		`{"in_channels": 3}`: "model_channels is 0",
	} {
		if _, err := adm.ParseConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestHash: configs of equal networks have equal hashes, others do not, and a stored hash keeps its meaning.
func TestHash(t *testing.T) {
	base := tiny(nil)
	for _, change := range []func(c *adm.Config){
		func(c *adm.Config) { c.OutChannels, c.StemChannels, c.Dims = 1, 4, 0 },
		func(c *adm.Config) { c.NumHeadsUpsample, c.LabelScale, c.NumHeadChannels = 2, 0, 0 },
		func(c *adm.Config) { c.HalveDepth = true },
	} {
		if tiny(change).Hash() != base.Hash() {
			t.Errorf("equal networks have different hashes:\n%s\n%s", tiny(change), base)
		}
	}
	for _, change := range []func(c *adm.Config){
		func(c *adm.Config) { c.Dropout = 0.1 },
		func(c *adm.Config) { c.NumHeads = 1 },
		func(c *adm.Config) { c.ConvResample = false },
	} {
		if tiny(change).Hash() == base.Hash() {
			t.Errorf("the hash does not depend on what changed:\n%s", tiny(change))
		}
	}
	c, err := adm.Preset("ffhq_10m")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Hash()[:16], "783f6c89e1a77a68"; got != want {
		t.Errorf("hash of ffhq_10m is %s, was %s", got, want)
	}
	if e := c.Effective(); e.Hash() != e.Effective().Hash() || e.Hash() != c.Hash() {
		t.Error("Effective changes the hash")
	}
}

func TestParseADM(t *testing.T) {
	for text, want := range map[string]string{
		`{"flags": {"image_size": 64, "num_chanels": 64}}`:                                                          `num_chanels is unknown`,
		`{"family": "edm", "flags": {}}`:                                                                            `family is "edm"`,
		`{"num_channels": 64, "image_size": 40}`:                                                                    "image_size 40 has no default",
		`{"num_channels": 64, "channel_mult": "1,x"}`:                                                               "numbers with commas",
		`{"num_channels": 64, "attention_resolutions": "0"}`:                                                        "sides of feature maps",
		`{"in_channels": 3, "model_channels": 33, "num_res_blocks": 1, "num_classes": null}`:                        "norm_groups is 32",
		`{"in_channels": 3, "model_channels": 32, "num_res_blocks": 1, "use_fp16": true, "encoder_channels": null}`: "encoder_channels is unknown",
		`[]`: "is an array; it must be an object",
	} {
		if _, err := adm.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	// The original ignores a side that no level has.
	c, err := adm.Parse([]byte(`{"num_channels": 64, "image_size": 32, "attention_resolutions": "16,8,4"}`))
	if err != nil || len(c.AttentionResolutions) != 2 || c.LearnSigma() || c.NumClasses != 0 {
		t.Errorf("%v, %v", c, err)
	}
}

func TestPresets(t *testing.T) {
	for _, name := range adm.Presets() {
		c, err := adm.Preset(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := c.Validate(); err != nil || !c.LearnSigma() || !c.ResblockUpdown || c.ImageSize == 0 {
			t.Errorf("%s: %v\n%s", name, err, c)
		}
	}
	for name, want := range map[string]float64{"lsun_cat": 0.1, "lsun_horse_nodropout": 0, "64x64_diffusion": 0.1} {
		if c, _ := adm.Preset(name); c.Dropout != want {
			t.Errorf("%s: dropout %g, want %g", name, c.Dropout, want)
		}
	}
	if _, err := adm.Preset("ffhq"); err == nil || !strings.Contains(err.Error(), "ffhq_10m") {
		t.Errorf("an unknown preset: %v", err)
	}
}

// TestYardstick: the counts of the PyTorch network that it is timed against.
func TestYardstick(t *testing.T) {
	for _, r := range []struct {
		channels, width, blocks, attention, heads int
		mult                                      []int
		want                                      int
	}{
		{3, 64, 2, 2, 4, []int{1, 2, 2, 2}, 9593539},
		{1, 32, 1, 1, 2, []int{2, 3}, 1682689},
	} {
		c, err := adm.Yardstick(r.channels, r.width, r.mult, r.blocks, []int{r.attention}, r.heads)
		if err != nil {
			t.Fatal(err)
		}
		n, err := adm.New(layers.Root(rng.New(1)).Blank(), c)
		if err != nil {
			t.Fatal(err)
		}
		if got := layers.Count(n.Params()); got != r.want {
			t.Errorf("width %d, mult %v: %d parameters, want %d", r.width, r.mult, got, r.want)
		}
	}
	if _, err := adm.Yardstick(3, 48, []int{1, 2}, 1, nil, 4); err == nil || !strings.Contains(err.Error(), "norm_groups") {
		t.Errorf("width 48: %v", err)
	}
}

func TestCheckShape(t *testing.T) {
	c := tiny(func(c *adm.Config) { c.ChannelMult, c.InChannels = []float64{1, 1, 2, 2}, 3 })
	volume := tiny(func(c *adm.Config) { c.Dims = 3 })
	for _, r := range []struct {
		c    adm.Config
		x    autodiff.Shape
		want string
	}{
		{c, sh(2, 3, 16, 40), ""},
		{c, sh(2, 3, 28, 33), "4 levels need extents that are multiples of 8; the nearest size is [32,32]"},
		{c, sh(2, 3, 3, 16), "the nearest size is [8,16]"},
		{c, sh(2, 1, 16, 16), "want 3 channels"},
		{c, sh(2, 3, 16), "2 spatial axes"},
		{volume, sh(1, 1, 5, 4, 6), ""},
		{volume, sh(1, 1, 5, 4, 7), "the nearest size is [5,4,8]"},
		{tiny(func(c *adm.Config) { c.Dims, c.HalveDepth = 3, true }), sh(1, 1, 5, 4, 6), "the nearest size is [6,4,6]"},
		{tiny(func(c *adm.Config) { c.Dims = 1 }), sh(1, 1, 9), "the nearest size is [10]"},
	} {
		err := r.c.CheckShape(r.x)
		if (err == nil) != (r.want == "") || err != nil && !strings.Contains(err.Error(), r.want) {
			t.Errorf("%v: %v, want %q", r.x, err, r.want)
		}
	}
}
