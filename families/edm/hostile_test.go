package edm_test

import (
	"testing"

	"tweedie/families/edm"
	"tweedie/internal/config/configtest"
	"tweedie/layers"
	"tweedie/rng"
)

// A config of hostile numbers is refused by Validate or by the constructor, before anything is allocated.
func TestHostileNumbers(t *testing.T) {
	at := layers.Root(rng.New(0)).Blank()
	c := edm.Default("EDMPrecond", "SongUNet")
	c.Kwargs.ImgResolution, c.Kwargs.ImgChannels, c.Kwargs.SigmaMin, c.Kwargs.SigmaMax = 16, 1, .01, 10
	c.Kwargs.ModelChannels, c.Kwargs.ChannelMult, c.Kwargs.NumBlocks = 16, []int{1, 2}, 1
	configtest.Hostile(t, c, func(c edm.Config) error { _, err := edm.New(at, c); return err },
		"kwargs.label_dropout", "kwargs.beta_d", "kwargs.beta_min", "kwargs.epsilon_t", "kwargs.C_1", "kwargs.C_2", "kwargs.M", "kwargs.attn_resolutions")
}
