package adm_test

import (
	"testing"

	"tweedie/families/adm"
	"tweedie/internal/config/configtest"
	"tweedie/layers"
	"tweedie/rng"
)

// A config of hostile numbers is refused by Validate or by the constructor, before anything is allocated.
func TestHostileNumbers(t *testing.T) {
	at := layers.Root(rng.New(0)).Blank()
	configtest.Hostile(t, tiny(nil), func(c adm.Config) error { _, err := adm.New(at, c); return err }, "num_heads_upsample", "num_head_channels")
}
