package adm

import (
	"fmt"
	"slices"
	"strings"
)

// Presets returns the names that Preset knows, sorted. Published weight files have these names.
func Presets() []string {
	names := []string{"64x64_diffusion", "128x128_diffusion", "256x256_diffusion", "256x256_diffusion_uncond",
		"512x512_diffusion", "lsun_bedroom", "lsun_cat", "lsun_horse", "lsun_horse_nodropout", "ffhq_10m", "blackhole"}
	slices.Sort(names)
	return names
}

// Preset returns the configuration of a published network: the networks of Dhariwal and Nichol (2021) on ImageNet
// and LSUN; "ffhq_10m", 256x256 faces with 93.56 million parameters (Chung et al. 2022), which most work on inverse
// problems uses; and "blackhole", 64x64 gray images of black holes (Wu et al. 2024). For an unknown name the error
// lists the known ones.
func Preset(name string) (Config, error) {
	if !slices.Contains(Presets(), name) {
		return Config{}, fmt.Errorf("unet: preset %q is unknown; it is one of %s", name, strings.Join(Presets(), ", "))
	}
	f := defaultFlags()
	f.LearnSigma, f.ResblockUpdown = true, true
	f.ImageSize, f.NumChannels, f.NumHeadChannels, f.AttentionResolutions = 256, 256, 64, "32,16,8"
	switch name {
	case "64x64_diffusion":
		f.ImageSize, f.NumChannels, f.NumResBlocks = 64, 192, 3
		f.ClassCond, f.UseNewAttentionOrder, f.Dropout = true, true, 0.1
	case "128x128_diffusion":
		f.ImageSize, f.NumHeadChannels, f.ClassCond = 128, -1, true
	case "256x256_diffusion":
		f.ClassCond = true
	case "512x512_diffusion":
		f.ImageSize, f.ClassCond = 512, true
	case "lsun_bedroom", "lsun_cat", "lsun_horse":
		f.Dropout = 0.1
	case "ffhq_10m":
		f.NumChannels, f.NumResBlocks, f.AttentionResolutions = 128, 1, "16"
	case "blackhole":
		f.ImageSize, f.NumChannels, f.NumResBlocks, f.AttentionResolutions = 64, 128, 1, "16"
	}
	c, err := f.Config()
	if name == "blackhole" {
		c.InChannels, c.OutChannels = 1, 2
	}
	return c, err
}

// Yardstick returns the configuration of the network by which engines are timed: convolutions of stride 2 going down,
// repetition and convolution going up, scale-shift norms, and attention with the given number of heads at the factors
// of downsampling in attention and in the middle. The usual one is Yardstick(3, 64, []int{1, 2, 2, 2}, 2, []int{2}, 4)
// at 32x32.
func Yardstick(channels, width int, mult []int, blocks int, attention []int, heads int) (Config, error) {
	c := Default()
	c.InChannels, c.OutChannels, c.ModelChannels, c.StemChannels = channels, channels, width, width
	c.NumResBlocks, c.AttentionResolutions, c.NumHeads, c.ScaleShiftNorm = blocks, attention, heads, true
	c.ChannelMult = nil
	for _, m := range mult {
		c.ChannelMult = append(c.ChannelMult, float64(m))
	}
	return c, c.Validate()
}
