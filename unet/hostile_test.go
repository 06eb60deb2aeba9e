package unet_test

import (
	"testing"

	"tweedie/internal/config/configtest"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// A config of hostile numbers is refused by Validate or by the constructor, before anything is allocated.
func TestHostileNumbers(t *testing.T) {
	at := layers.Root(rng.New(0)).Blank()
	adm := tiny(func(*unet.ADMConfig) {})
	configtest.Hostile(t, adm, func(c unet.ADMConfig) error { _, err := unet.NewADM(at, c); return err }, "num_heads_upsample", "num_head_channels")
	edm := unet.DefaultEDM("EDMPrecond", "SongUNet")
	edm.Kwargs.ImgResolution, edm.Kwargs.ImgChannels, edm.Kwargs.SigmaMin, edm.Kwargs.SigmaMax = 16, 1, .01, 10
	edm.Kwargs.ModelChannels, edm.Kwargs.ChannelMult, edm.Kwargs.NumBlocks = 16, []int{1, 2}, 1
	configtest.Hostile(t, edm, func(c unet.EDMConfig) error { _, err := unet.NewEDM(at, c); return err },
		"kwargs.label_dropout", "kwargs.beta_d", "kwargs.beta_min", "kwargs.epsilon_t", "kwargs.C_1", "kwargs.C_2", "kwargs.M", "kwargs.attn_resolutions")
	sde := unet.DefaultScoreSDE()
	sde.Training.SDE, sde.Data.ImageSize, sde.Data.NumChannels, sde.Model.NF, sde.Model.ChMult, sde.Model.NumResBlocks = "vesde", 16, 1, 8, []int{1, 2}, 1
	sde.Model.FIR = true
	configtest.Hostile(t, sde, func(c unet.ScoreSDEConfig) error { _, err := unet.NewScoreSDE(at, c); return err })
	dif := unet.DefaultDiffusers()
	dif.InChannels, dif.OutChannels, dif.Channels, dif.SampleSize = 1, 1, []int{32, 32, 32, 32}, unet.DiffusersSize{16}
	attn, classes := 8, 10
	dif.AttnNormGroups, dif.ClassEmbeds = &attn, &classes
	configtest.Hostile(t, dif, func(c unet.DiffusersConfig) error { _, err := unet.NewDiffusers(at, c); return err })
}
