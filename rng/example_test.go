package rng_test

import (
	"fmt"

	"tweedie/rng"
)

// Each sample of a batch has its own stream, so its numbers do not depend on the batch it is in.
func ExampleKey_Split() {
	root := rng.New(1).Split("sample", 0)
	again := rng.New(1).Split("sample", 0)
	other := rng.New(1).Split("sample", 1)
	a, b, c := root.Stream().Norm(), again.Stream().Norm(), other.Stream().Norm()
	fmt.Println(a == b, a == c)
	// Output: true false
}

// A stream goes on exactly after it was stored.
func ExampleStream_MarshalBinary() {
	s := rng.New(1).Stream()
	s.FillNorm(make([]float64, 5))
	state, _ := s.MarshalBinary()
	var restored rng.Stream
	if err := restored.UnmarshalBinary(state); err != nil {
		fmt.Println(err)
	}
	fmt.Println(s.Norm() == restored.Norm())
	// Output: true
}

// The order of the first permutation layer of a published flow on 8 values.
func ExampleNumpyPermutation() {
	fmt.Println(rng.NumpyPermutation(0, 8))
	// Output: [6 2 1 7 3 0 5 4]
}
