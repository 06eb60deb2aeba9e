package denoisers_test

import (
	"testing"

	"tweedie/denoisers"
	"tweedie/internal/config/configtest"
	"tweedie/layers"
	"tweedie/rng"
)

// made is the error of a constructor at a path without values.
func made[C, M any](make func(layers.Path, C) (M, error)) func(C) error {
	return func(c C) error { _, err := make(layers.Root(rng.New(0)).Blank(), c); return err }
}

func TestHostileNumbers(t *testing.T) {
	configtest.Hostile(t, denoisers.DefaultCNN(1, 3), made(denoisers.NewCNN))
	configtest.Hostile(t, denoisers.DefaultTimeCNN(), made(denoisers.NewTimeCNN))
	configtest.Hostile(t, denoisers.DefaultUNet(1), made(denoisers.NewUNet))
	configtest.Hostile(t, denoisers.DefaultTDV(1), made(denoisers.NewTDV))
	configtest.Hostile(t, denoisers.DefaultAscent(), denoisers.Ascent.Validate)
}
