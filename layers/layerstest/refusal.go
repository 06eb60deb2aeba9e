package layerstest

import (
	"tweedie/layers"
	"tweedie/rng"
)

// Refusal returns a function that says what a constructor finds wrong with a config. The module is made at a path without
// values, so that no storage is allocated for its parameters.
func Refusal[C, M any](make func(layers.Path, C) (M, error)) func(C) error {
	return func(c C) error {
		_, err := make(layers.Root(rng.New(0)).Blank(), c)
		return err
	}
}
