package edm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/unet"
)

// Config describes a network of Karras et al. (2022) as their code is called: by the class of the preconditioning,
// and by the arguments of its constructor, which passes them on to the network's.
type Config struct {
	Precond       string `json:"precond"` // EDMPrecond, VPPrecond, VEPrecond or iDDPMPrecond
	Kwargs        Kwargs `json:"kwargs"`
	UseCheckpoint bool   `json:"use_checkpoint,omitempty"` // derivatives compute blocks again and do not keep what is inside
}

// Kwargs holds the arguments of a preconditioning's constructor and of its network's. Arguments that a class does
// not take are left zero.
type Kwargs struct {
	ImgResolution int    `json:"img_resolution"` // side of the images; attention is placed by it, and parameters are named by it
	ImgChannels   int    `json:"img_channels"`
	LabelDim      int    `json:"label_dim"`  // width of the rows of labels, 0 for none
	UseFP16       bool   `json:"use_fp16"`   // no effect here: half-precision weights are widened
	ModelType     string `json:"model_type"` // SongUNet or DhariwalUNet

	SigmaMin  float64 `json:"sigma_min,omitempty"`  // lowest noise level
	SigmaMax  float64 `json:"sigma_max,omitempty"`  // highest; 0 is no limit
	SigmaData float64 `json:"sigma_data,omitempty"` // of EDMPrecond
	BetaD     float64 `json:"beta_d,omitempty"`     // of VPPrecond: beta(t) = beta_min + beta_d t
	BetaMin   float64 `json:"beta_min,omitempty"`
	EpsilonT  float64 `json:"epsilon_t,omitempty"` // lowest time of VPPrecond
	C1        float64 `json:"C_1,omitempty"`       // of iDDPMPrecond; see Config.Levels
	C2        float64 `json:"C_2,omitempty"`
	M         int     `json:"M,omitempty"` // steps of VPPrecond and iDDPMPrecond

	ModelChannels   int     `json:"model_channels"`   // unit of all widths
	ChannelMult     []int   `json:"channel_mult"`     // width of every level over model_channels, highest resolution first
	ChannelMultEmb  int     `json:"channel_mult_emb"` // width of the embedding over model_channels
	NumBlocks       int     `json:"num_blocks"`       // per level on the way down; one more on the way up
	AttnResolutions []int   `json:"attn_resolutions"` // sides of the feature maps with attention
	Dropout         float64 `json:"dropout"`
	LabelDropout    float64 `json:"label_dropout"` // of training with labels; no effect here
	AugmentDim      int     `json:"augment_dim"`   // width of augmentation labels, which only the authors' training has

	EmbeddingType    string    `json:"embedding_type,omitempty"`     // of SongUNet: positional or fourier
	ChannelMultNoise int       `json:"channel_mult_noise,omitempty"` // width of the features of noise labels over model_channels
	EncoderType      string    `json:"encoder_type,omitempty"`       // standard, skip or residual
	DecoderType      string    `json:"decoder_type,omitempty"`       // standard or skip
	ResampleFilter   []float64 `json:"resample_filter,omitempty"`
}

// argumentsOfEDM are those that not all classes take.
var argumentsOfEDM = map[string][]string{
	"EDMPrecond": {"sigma_min", "sigma_max", "sigma_data"}, "VEPrecond": {"sigma_min", "sigma_max"},
	"VPPrecond": {"beta_d", "beta_min", "M", "epsilon_t"}, "iDDPMPrecond": {"C_1", "C_2", "M"},
	"SongUNet": {"embedding_type", "channel_mult_noise", "encoder_type", "decoder_type", "resample_filter"}, "DhariwalUNet": {},
}

// Default returns the defaults of the authors' constructors for the classes precond and model, where "" for model is
// the network that the preconditioning takes by default. It leaves img_resolution and img_channels open.
func Default(precond, model string) Config {
	c := Config{Precond: precond, Kwargs: Kwargs{ModelType: model, ChannelMultEmb: 4, Dropout: 0.1}}
	k := &c.Kwargs
	byDefault := "DhariwalUNet"
	switch precond {
	case "EDMPrecond":
		k.SigmaData = 0.5
	case "VEPrecond":
		k.SigmaMin, k.SigmaMax, byDefault = 0.02, 100, "SongUNet"
	case "VPPrecond":
		k.BetaD, k.BetaMin, k.M, k.EpsilonT, byDefault = 19.9, 0.1, 1000, 1e-5, "SongUNet"
	case "iDDPMPrecond":
		k.C1, k.C2, k.M = 0.001, 0.008, 1000
	}
	if model == "" {
		k.ModelType = byDefault
	}
	if k.ModelType == "SongUNet" {
		k.ModelChannels, k.ChannelMult, k.NumBlocks, k.AttnResolutions = 128, []int{1, 2, 2, 2}, 4, []int{16}
		k.EmbeddingType, k.ChannelMultNoise, k.EncoderType, k.DecoderType, k.ResampleFilter = "positional", 1, "standard", "standard", []float64{1, 1}
	} else {
		k.ModelChannels, k.ChannelMult, k.NumBlocks, k.AttnResolutions = 192, []int{1, 2, 3, 4}, 3, []int{32, 16, 8}
	}
	return c
}

// Parse reads {"precond": class, "kwargs": {arguments}} onto Default. It also reads the forms that configurations
// of hydra have: the arguments themselves with the class in "_target_", alone or as the field "model". It returns an
// error for an argument that the classes do not take, and what Validate finds.
func Parse(text []byte) (Config, error) {
	fail := func(err error) (Config, error) { return Config{}, fmt.Errorf("unet: config: %w", err) }
	var outer struct {
		Precond       string          `json:"precond"`
		Kwargs        json.RawMessage `json:"kwargs"`
		UseCheckpoint bool            `json:"use_checkpoint"`
		Target        string          `json:"_target_"`
		Model         json.RawMessage `json:"model"`
	}
	if err := config.Tolerant(text, &outer); err != nil {
		return fail(err)
	}
	switch {
	case outer.Kwargs == nil && outer.Target != "":
		outer.Precond, outer.Kwargs = outer.Target[strings.LastIndexByte(outer.Target, '.')+1:], text
	case outer.Kwargs == nil && outer.Model != nil:
		return Parse(outer.Model)
	case outer.Kwargs == nil:
		return fail(fmt.Errorf(`"kwargs" is missing: the arguments of the constructor of "precond", as an object`))
	}
	var model struct {
		ModelType string `json:"model_type"`
	}
	given, err := config.Object(outer.Kwargs)
	if err != nil {
		return fail(config.Below("kwargs", err))
	}
	delete(given, "_target_")
	if err := config.Tolerant(outer.Kwargs, &model); err != nil {
		return fail(config.Below("kwargs", err))
	}
	c := Default(outer.Precond, model.ModelType)
	c.UseCheckpoint = outer.UseCheckpoint
	if err := c.classes(); err != nil {
		return c, err
	}
	for name := range given {
		if special(name) && !c.takes(name) {
			return c, fmt.Errorf("unet: config: kwargs.%s is an argument of neither %s nor %s", name, c.Precond, c.Kwargs.ModelType)
		}
	}
	rest, err := json.Marshal(given)
	if err != nil {
		return fail(err)
	}
	if err := config.Decode(rest, &c.Kwargs); err != nil {
		return fail(config.Below("kwargs", err))
	}
	return c, c.Validate()
}

// special says whether only some classes take an argument.
func special(name string) bool {
	for _, names := range argumentsOfEDM {
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// takes says whether the classes of c take an argument that not all do.
func (c *Config) takes(name string) bool {
	return slices.Contains(argumentsOfEDM[c.Precond], name) || slices.Contains(argumentsOfEDM[c.Kwargs.ModelType], name)
}

// Effective returns c with arguments that its classes do not take, and those without effect on the outputs, at zero. An
// empty model_type becomes the network that the preconditioning takes by default.
func (c Config) Effective() Config {
	d, k := Default(c.Precond, c.Kwargs.ModelType).Kwargs, &c.Kwargs
	if k.ModelType == "" {
		k.ModelType = d.ModelType
	}
	k.UseFP16, k.LabelDropout = false, 0
	for name, reset := range map[string]func(){
		"sigma_min": func() { k.SigmaMin = 0 }, "sigma_max": func() { k.SigmaMax = 0 }, "sigma_data": func() { k.SigmaData = 0 },
		"beta_d": func() { k.BetaD = 0 }, "beta_min": func() { k.BetaMin = 0 }, "epsilon_t": func() { k.EpsilonT = 0 },
		"C_1": func() { k.C1 = 0 }, "C_2": func() { k.C2 = 0 }, "M": func() { k.M = 0 },
		"embedding_type": func() { k.EmbeddingType = "" }, "channel_mult_noise": func() { k.ChannelMultNoise = 0 },
		"encoder_type": func() { k.EncoderType = "" }, "decoder_type": func() { k.DecoderType = "" }, "resample_filter": func() { k.ResampleFilter = nil },
	} {
		if !c.takes(name) {
			reset()
		}
	}
	k.ChannelMult, k.AttnResolutions = append([]int{}, k.ChannelMult...), append([]int{}, k.AttnResolutions...)
	k.ResampleFilter = slices.Clone(k.ResampleFilter)
	return c
}

// String returns the effective config as indented JSON.
func (c Config) String() string {
	return unet.Printed(c.Effective())
}

// Hash returns the SHA-256 of the effective config in hexadecimal.
// It panics when the config holds NaN or an infinity, for which JSON has no number and which Validate refuses.
func (c Config) Hash() string {
	return unet.Hashed(c.Effective())
}

// OutChannels returns the number of channels of the network's output: as many as an image has or, with iDDPMPrecond,
// twice as many, of which the second half is about the variance.
func (c Config) OutChannels() int {
	if c.Precond == "iDDPMPrecond" {
		return 2 * c.Kwargs.ImgChannels
	}
	return c.Kwargs.ImgChannels
}

// Multiple returns the number that must divide the extents of images: 2^(levels-1).
func (c Config) Multiple() int { return 1 << (len(c.Kwargs.ChannelMult) - 1) }

// CheckShape returns an error unless the network takes images of shape x [B,C,H,W]; for wrong extents it names the
// nearest legal size.
func (c Config) CheckShape(x autodiff.Shape) error {
	if msg := unet.Misfit(x, c.Kwargs.ImgChannels, len(c.Kwargs.ChannelMult)); msg != "" {
		return fmt.Errorf("unet: images %v: %s", x, msg)
	}
	return nil
}
