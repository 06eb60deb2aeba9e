package scoresde

import (
	"fmt"
	"math"
	"slices"
	"tweedie/unet"
)

// Validate returns an error about the first field that is wrong: its name in JSON, its value, and what would be right.
// Channels that group norms cannot divide are found by New only.
func (c Config) Validate() error {
	c = c.Effective()
	m := &c.Model
	within := func(n, lo, hi int) bool { return n >= lo && n <= hi }
	finite := func(v, lo float64) bool { return v > lo && v <= math.MaxFloat32 }
	levels := len(m.ChMult)
	if !within(levels, 1, unet.MostLevels) {
		return unet.Wrong("model.ch_mult", m.ChMult, fmt.Sprintf("1 to %d levels", unet.MostLevels))
	}
	widest := slices.Max(m.ChMult)
	for _, r := range []struct {
		field string
		value any
		ok    bool
		want  string
	}{
		{"code", c.Code, c.Code == Torch || c.Code == Flax || c.Code == ScorePriorFlax, fmt.Sprintf("%s, %s or %s", Torch, Flax, ScorePriorFlax)},
		{"training.sde", c.Training.SDE, slices.Contains([]string{"vpsde", "subvpsde", "vesde"}, c.Training.SDE), "vpsde, subvpsde or vesde"},
		{"data.image_size", c.Data.ImageSize, within(c.Data.ImageSize, 1, 1<<30), "the side of the images"},
		{"data.image_size", c.Data.ImageSize, c.Data.ImageSize%c.Multiple() == 0, fmt.Sprintf("a multiple of %d, such as %d", c.Multiple(), unet.Nearest(c.Data.ImageSize, c.Multiple()))},
		{"data.num_channels", c.Data.NumChannels, within(c.Data.NumChannels, 1, unet.MostChannels), "the number of channels of an image"},
		{"model.name", m.Name, m.Name == "ncsnpp" || m.Name == "ddpm", "ncsnpp or ddpm"},
		{"model.nf", m.NF, within(m.NF, 4, unet.MostChannels), fmt.Sprintf("4 to %d channels", unet.MostChannels)},
		{"model.ch_mult", m.ChMult, slices.Min(m.ChMult) >= 1 && widest <= unet.MostChannels/max(1, m.NF), fmt.Sprintf("1 to %d channels at every level", unet.MostChannels)},
		{"model.num_res_blocks", m.NumResBlocks, within(m.NumResBlocks, 1, unet.MostBlocks), fmt.Sprintf("1 to %d", unet.MostBlocks)},
		{"model.nonlinearity", m.Nonlinearity, activations[m.Nonlinearity] != "", "swish, elu, relu or lrelu"},
		{"model.dropout", m.Dropout, m.Dropout >= 0 && m.Dropout < 1, "at least 0 and less than 1"},
		{"model.sigma_min", m.SigmaMin, finite(m.SigmaMin, 0), "a positive number"},
		{"model.sigma_max", m.SigmaMax, finite(m.SigmaMax, m.SigmaMin), "more than sigma_min"},
		{"model.num_scales", m.NumScales, within(m.NumScales, 2, unet.MostScales), fmt.Sprintf("2 to %d", unet.MostScales)},
		{"model.beta_min", m.BetaMin, finite(m.BetaMin, 0), "a positive number"},
		{"model.beta_max", m.BetaMax, finite(m.BetaMax, m.BetaMin), "more than beta_min"},
		{"model.beta_max", m.BetaMax, c.Training.SDE != "vpsde" || c.Training.Continuous || m.BetaMax < float64(m.NumScales), "less than num_scales on a discrete process"},
		{"model.fir_kernel", m.FIRKernel, within(len(m.FIRKernel), 2, 64), "2 to 64 numbers"},
		{"model.resblock_type", m.ResblockType, m.ResblockType == "biggan" || m.ResblockType == "ddpm", "biggan or ddpm"},
		{"model.progressive", m.Progressive, slices.Contains([]string{"none", "output_skip", "residual"}, m.Progressive), "none, output_skip or residual"},
		{"model.progressive_input", m.ProgressiveInput, slices.Contains([]string{"none", "input_skip", "residual"}, m.ProgressiveInput), "none, input_skip or residual"},
		{"model.progressive_combine", m.ProgressiveCombine, m.ProgressiveCombine == "sum" || m.ProgressiveCombine == "cat", "sum or cat"},
		{"model.embedding_type", m.EmbeddingType, m.EmbeddingType == "fourier" || m.EmbeddingType == "positional", "fourier or positional"},
		{"model.embedding_type", m.EmbeddingType, m.EmbeddingType != "fourier" || c.Training.Continuous, "positional where training is not continuous"},
		{"model.embedding_type", m.EmbeddingType, m.EmbeddingType != "positional" || m.Name == "ddpm" || c.Training.SDE != "vesde" || c.Code != ScorePriorFlax, "fourier for a vesde in score_prior"},
		{"model.fourier_scale", m.FourierScale, finite(m.FourierScale, 0), "a positive number"},
		{"model.scale_by_sigma", m.ScaleBySigma, !m.ScaleBySigma || c.Training.SDE == "vesde" || c.Code != ScorePriorFlax, "false in score_prior but for a vesde"},
	} {
		if !r.ok {
			return unet.Wrong(r.field, r.value, r.want)
		}
	}
	return nil
}
