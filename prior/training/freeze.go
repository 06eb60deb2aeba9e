package training

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/train"
)

// freeze makes the parameters whose names match one of the patterns constants, and says how many they are.
func freeze(params []*autodiff.Param, patterns []string) (note string, err error) {
	frozen, err := train.Freeze(params, patterns...)
	if err != nil {
		return "", fmt.Errorf("--freeze %w", err)
	}
	if len(frozen) > 0 {
		note = fmt.Sprintf("%d parameters with %d values are frozen", len(frozen), layers.Count(frozen))
	}
	return note, nil
}
