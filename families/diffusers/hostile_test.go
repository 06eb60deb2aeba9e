package diffusers_test

import (
	"testing"

	"tweedie/families/diffusers"
	"tweedie/internal/config/configtest"
	"tweedie/layers"
	"tweedie/rng"
)

// A config of hostile numbers is refused by Validate or by the constructor, before anything is allocated.
func TestHostileNumbers(t *testing.T) {
	at := layers.Root(rng.New(0)).Blank()
	c := diffusers.Default()
	c.InChannels, c.OutChannels, c.Channels, c.SampleSize = 1, 1, []int{32, 32, 32, 32}, diffusers.Size{16}
	attn, classes := 8, 10
	c.AttnNormGroups, c.ClassEmbeds = &attn, &classes
	configtest.Hostile(t, c, func(c diffusers.Config) error { _, err := diffusers.New(at, c); return err })
}
