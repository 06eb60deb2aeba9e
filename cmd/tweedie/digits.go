package main

import (
	"bytes"
	_ "embed"

	"tweedie/checkpoints"
)

// digitCount is how many held-out digits the program carries.
const digitCount = 64

// heldOut is the digits of the validation set that zoo's digits8 was not trained on, [64,8,8], 0 to 16, as bytes.
// Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0.
//
//go:embed assets/digits8-held-out.npy
var heldOut []byte

// heldOutDigit is digit i with pixels in [0, 1].
func heldOutDigit(i int) []float64 {
	f, err := checkpoints.Read(bytes.NewReader(heldOut), int64(len(heldOut)))
	if err != nil {
		panic(err) // the bytes are part of the program
	}
	v, err := f.Tensors()[0].Float64s()
	if err != nil {
		panic(err)
	}
	x := make([]float64, 64)
	for j := range x {
		x[j] = v[i*64+j] / 16
	}
	return x
}
