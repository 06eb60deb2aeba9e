package scoresde

import (
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/unet"
)

// The implementations whose configurations and weights a Config can describe. They name parameters differently
// and differ in a few rules.
const (
	Torch          = "score_sde_pytorch" // parameters all_modules.k, in the order of use
	Flax           = "score_sde"         // parameters by class: ResnetBlockBigGANpp_k
	ScorePriorFlax = "score_prior"       // as score_sde; Fourier features of ln c only with a VE process
)

// Config describes a network of Song et al. (2021) in the vocabulary of their configurations. It has the fields
// that decide about the network and about the process that it was trained on.
type Config struct {
	Code          string           `json:"code"` // Torch, Flax or ScorePriorFlax; "" is the first
	Training      ScoreSDETraining `json:"training"`
	Data          ScoreSDEData     `json:"data"`
	Model         Model            `json:"model"`
	UseCheckpoint bool             `json:"use_checkpoint"` // derivatives compute blocks again and do not keep what is inside
}

// ScoreSDETraining describes the process that the network was trained on: the section training of a configuration.
type ScoreSDETraining struct {
	SDE        string `json:"sde"`        // vpsde, subvpsde or vesde
	Continuous bool   `json:"continuous"` // trained at every time, not only at num_scales of them
}

// ScoreSDEData describes the images that the network was trained on: the section data of a configuration.
type ScoreSDEData struct {
	ImageSize   int  `json:"image_size"`   // side; attention is placed by it
	NumChannels int  `json:"num_channels"` // channels of an image
	Centered    bool `json:"centered"`     // images in [-1, 1], not in [0, 1], which the network maps to [-1, 1] itself
}

// Model describes the network and the scales of the process: the section model of a configuration. With name
// "ddpm" the fields from fir on have no effect.
type Model struct {
	Name            string  `json:"name"`             // ncsnpp or ddpm
	NF              int     `json:"nf"`               // unit of all widths
	ChMult          []int   `json:"ch_mult"`          // width of every level over nf, highest resolution first
	NumResBlocks    int     `json:"num_res_blocks"`   // per level on the way down; one more on the way up
	AttnResolutions []int   `json:"attn_resolutions"` // sides of the feature maps with attention
	ResampWithConv  bool    `json:"resamp_with_conv"`
	Conditional     bool    `json:"conditional"`  // on the label
	Nonlinearity    string  `json:"nonlinearity"` // swish, elu, relu or lrelu
	Dropout         float64 `json:"dropout"`
	ScaleBySigma    bool    `json:"scale_by_sigma"` // the output is divided by the noise level
	SigmaMin        float64 `json:"sigma_min"`
	SigmaMax        float64 `json:"sigma_max"`
	NumScales       int     `json:"num_scales"`
	BetaMin         float64 `json:"beta_min"`
	BetaMax         float64 `json:"beta_max"`

	FIR                bool      `json:"fir"` // resample with a filter, not by repetition and averages
	FIRKernel          []float64 `json:"fir_kernel"`
	SkipRescale        bool      `json:"skip_rescale"`        // sums are divided by sqrt 2
	ResblockType       string    `json:"resblock_type"`       // biggan or ddpm
	Progressive        string    `json:"progressive"`         // pyramid of the output: none, output_skip or residual
	ProgressiveInput   string    `json:"progressive_input"`   // of the input: none, input_skip or residual
	ProgressiveCombine string    `json:"progressive_combine"` // sum or cat
	EmbeddingType      string    `json:"embedding_type"`      // fourier or positional
	FourierScale       float64   `json:"fourier_scale"`       // standard deviation of the frequencies
	TrainableEmbedding bool      `json:"trainable_embedding"` // of score_prior
}

// Default returns the values that are taken for what a configuration of score_sde leaves unsaid. It leaves sde,
// nf, ch_mult, num_res_blocks and the section data open.
func Default() Config {
	return Config{Code: Torch, Training: ScoreSDETraining{Continuous: true}, Model: Model{Name: "ncsnpp",
		AttnResolutions: []int{}, ResampWithConv: true, Conditional: true, Nonlinearity: "swish", Dropout: 0.1,
		SigmaMin: 0.01, SigmaMax: 50, NumScales: 1000, BetaMin: 0.1, BetaMax: 20, FIRKernel: []float64{1, 3, 3, 1}, SkipRescale: true,
		ResblockType: "biggan", Progressive: "none", ProgressiveInput: "none", ProgressiveCombine: "sum", EmbeddingType: "fourier", FourierScale: 16}}
}

// Effective returns c with names in lower case, and with fields that others leave without effect at their defaults.
func (c Config) Effective() Config {
	d, m := Default().Model, &c.Model
	if c.Code == "" {
		c.Code = Torch
	}
	c.Training.SDE = strings.ToLower(c.Training.SDE)
	for _, s := range []*string{&m.Name, &m.Nonlinearity, &m.ResblockType, &m.Progressive, &m.ProgressiveInput, &m.ProgressiveCombine, &m.EmbeddingType} {
		*s = strings.ToLower(*s)
	}
	if m.Name == "ddpm" {
		m.FIR, m.FIRKernel, m.SkipRescale, m.ResblockType = false, d.FIRKernel, false, "ddpm"
		m.Progressive, m.ProgressiveInput, m.EmbeddingType = "none", "none", "positional"
	}
	if !m.FIR {
		m.FIRKernel = d.FIRKernel
	}
	if m.ProgressiveInput != "input_skip" {
		m.ProgressiveCombine = d.ProgressiveCombine
	}
	if m.EmbeddingType != "fourier" {
		m.FourierScale, m.TrainableEmbedding = d.FourierScale, false
	}
	if m.ResblockType == "biggan" {
		m.ResampWithConv = d.ResampWithConv
	}
	m.ChMult, m.AttnResolutions = append([]int{}, m.ChMult...), append([]int{}, m.AttnResolutions...)
	m.FIRKernel = append([]float64{}, m.FIRKernel...)
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

// Multiple returns the number that must divide the extents of images: 2^(levels-1).
func (c Config) Multiple() int { return 1 << (len(c.Model.ChMult) - 1) }

// CheckShape returns an error unless the network takes images of shape x [B,C,H,W]; for wrong extents it names the
// nearest legal size.
func (c Config) CheckShape(x autodiff.Shape) error {
	if msg := unet.Misfit(x, c.Data.NumChannels, len(c.Model.ChMult)); msg != "" {
		return fmt.Errorf("unet: images %v: %s", x, msg)
	}
	return nil
}
