package scoresde_test

import (
	"testing"

	"tweedie/families/scoresde"
	"tweedie/internal/config/configtest"
	"tweedie/layers"
	"tweedie/rng"
)

// A config of hostile numbers is refused by Validate or by the constructor, before anything is allocated.
func TestHostileNumbers(t *testing.T) {
	at := layers.Root(rng.New(0)).Blank()
	c := scoresde.Default()
	c.Training.SDE, c.Data.ImageSize, c.Data.NumChannels, c.Model.NF, c.Model.ChMult, c.Model.NumResBlocks = "vesde", 16, 1, 8, []int{1, 2}, 1
	c.Model.FIR = true
	configtest.Hostile(t, c, func(c scoresde.Config) error { _, err := scoresde.New(at, c); return err })
}
