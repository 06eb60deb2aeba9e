package edm

import (
	"fmt"
	"math"
	"slices"
	"tweedie/unet"
)

// classes says whether the classes are EDM's.
func (c Config) classes() error {
	if !slices.Contains([]string{"EDMPrecond", "VPPrecond", "VEPrecond", "iDDPMPrecond"}, c.Precond) {
		return unet.Wrong("precond", fmt.Sprintf("%.100q", c.Precond), "EDMPrecond, VPPrecond, VEPrecond or iDDPMPrecond")
	}
	if m := c.Kwargs.ModelType; m != "SongUNet" && m != "DhariwalUNet" {
		return unet.Wrong("kwargs.model_type", fmt.Sprintf("%.100q", m), "SongUNet or DhariwalUNet")
	}
	return nil
}

// Validate returns an error about the first field that is wrong: its name in JSON, its value, and what would be right.
// Channels that cannot be divided into groups or heads are found by New only.
func (c Config) Validate() error {
	c = c.Effective()
	if err := c.classes(); err != nil {
		return err
	}
	k := &c.Kwargs
	within := func(n, lo, hi int) bool { return n >= lo && n <= hi }
	finite := func(v, lo float64) bool { return v > lo && v <= math.MaxFloat32 }
	if !within(len(k.ChannelMult), 1, unet.MostLevels) {
		return unet.Wrong("kwargs.channel_mult", k.ChannelMult, fmt.Sprintf("1 to %d levels", unet.MostLevels))
	}
	song := k.ModelType == "SongUNet"
	sum := 0.0
	for _, f := range k.ResampleFilter {
		sum += f
	}
	for _, r := range []struct {
		field string
		value any
		ok    bool
		want  string
	}{
		{"img_resolution", k.ImgResolution, within(k.ImgResolution, 1, 1<<30), "the side of the images"},
		{"img_resolution", k.ImgResolution, k.ImgResolution%c.Multiple() == 0, fmt.Sprintf("a multiple of %d, such as %d", c.Multiple(), unet.Nearest(k.ImgResolution, c.Multiple()))},
		{"img_channels", k.ImgChannels, within(k.ImgChannels, 1, unet.MostChannels), "the number of channels of an image"},
		{"label_dim", k.LabelDim, within(k.LabelDim, 0, unet.MostClasses), "the number of classes, or 0 for none"},
		{"augment_dim", k.AugmentDim, within(k.AugmentDim, 0, unet.MostChannels), "the width of augmentation labels, or 0 for none"},
		{"model_channels", k.ModelChannels, within(k.ModelChannels, 4, unet.MostChannels), fmt.Sprintf("4 to %d channels", unet.MostChannels)},
		{"channel_mult", k.ChannelMult, slices.Min(k.ChannelMult) >= 1 && slices.Max(k.ChannelMult) <= unet.MostChannels/max(1, k.ModelChannels), fmt.Sprintf("1 to %d channels at every level", unet.MostChannels)},
		{"channel_mult_emb", k.ChannelMultEmb, within(k.ChannelMultEmb, 1, unet.MostChannels/max(1, k.ModelChannels)), fmt.Sprintf("1 to %d channels", unet.MostChannels)},
		{"num_blocks", k.NumBlocks, within(k.NumBlocks, 1, unet.MostBlocks), fmt.Sprintf("1 to %d", unet.MostBlocks)},
		{"dropout", k.Dropout, k.Dropout >= 0 && k.Dropout < 1, "at least 0 and less than 1"},
		{"embedding_type", k.EmbeddingType, !song || k.EmbeddingType == "positional" || k.EmbeddingType == "fourier", "positional or fourier"},
		{"channel_mult_noise", k.ChannelMultNoise, !song || within(k.ChannelMultNoise, 1, unet.MostChannels/max(1, k.ModelChannels)), fmt.Sprintf("1 to %d channels", unet.MostChannels)},
		{"model_channels", k.ModelChannels, max(1, k.ChannelMultNoise)*k.ModelChannels%2 == 0, "an even number of noise channels"},
		{"encoder_type", k.EncoderType, !song || slices.Contains([]string{"standard", "skip", "residual"}, k.EncoderType), "standard, skip or residual"},
		{"decoder_type", k.DecoderType, !song || k.DecoderType == "standard" || k.DecoderType == "skip", "standard or skip"},
		{"resample_filter", k.ResampleFilter, !song || within(len(k.ResampleFilter), 2, 64) && len(k.ResampleFilter)%2 == 0, "2 to 64 numbers, an even number of them"},
		{"resample_filter", k.ResampleFilter, !song || math.Abs(sum) > 0 && math.Abs(sum) <= math.MaxFloat32, "numbers whose sum is not zero"},
		{"sigma_data", k.SigmaData, c.Precond != "EDMPrecond" || finite(k.SigmaData, 0), "a positive number"},
		{"sigma_min", k.SigmaMin, k.SigmaMin >= 0 && k.SigmaMin <= math.MaxFloat32, "a number that is not negative"},
		{"sigma_max", k.SigmaMax, k.SigmaMax == 0 || finite(k.SigmaMax, k.SigmaMin), "more than sigma_min, or 0 for no limit"},
		{"beta_d", k.BetaD, c.Precond != "VPPrecond" || finite(k.BetaD, 0), "a positive number"},
		{"beta_min", k.BetaMin, c.Precond != "VPPrecond" || finite(k.BetaMin, 0), "a positive number"},
		{"epsilon_t", k.EpsilonT, c.Precond != "VPPrecond" || k.EpsilonT > 0 && k.EpsilonT < 1, "a time between 0 and 1"},
		{"C_1", k.C1, c.Precond != "iDDPMPrecond" || k.C1 > 0 && k.C1 < 1, "a number between 0 and 1"},
		{"C_2", k.C2, c.Precond != "iDDPMPrecond" || finite(k.C2, 0), "a positive number"},
		{"M", k.M, !c.takes("M") || within(k.M, 2, unet.MostScales), fmt.Sprintf("2 to %d", unet.MostScales)},
	} {
		if !r.ok {
			return unet.Wrong("kwargs."+r.field, r.value, r.want)
		}
	}
	return nil
}
