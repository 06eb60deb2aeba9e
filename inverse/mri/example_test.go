package mri_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/mri"
)

// A scan of half of the 16 lines of frequencies, the three central ones among them.
func ExampleDFTConfig() {
	op, err := mri.DFTConfig{Random: &mri.RandomDFTConfig{Keep: .5, Centre: 1, Lines: true, Seed: 1}}.Build(autodiff.S(1, 16, 16))
	if err != nil {
		fmt.Println(err)
		return
	}
	complex, _ := inverse.ComplexShape(op)
	fmt.Println(op.InShape(), "->", op.OutShape(), "of complex", complex)
	// Output: [1,16,16] -> [2,1,128] of complex [1,128]
}
