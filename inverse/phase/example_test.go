package phase_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/inverse/phase"
)

// A diffraction pattern of an image at twice its extents, and four behind random masks.
func ExampleFourierMagnitudeConfig() {
	in := autodiff.S(1, 16, 16)
	plain, err := phase.FourierMagnitudeConfig{Oversample: 2}.Build(in)
	if err != nil {
		fmt.Println(err)
		return
	}
	coded, err := phase.CodedDiffractionConfig{Oversample: 1, Random: &phase.RandomMasksConfig{Count: 4, Law: "phase", Seed: 1}}.Build(in)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(in, "->", plain.OutShape(), "and", coded.OutShape())
	// Output: [1,16,16] -> [1,32,32] and [4,1,16,16]
}
