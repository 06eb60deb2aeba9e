package demo

import (
	"bytes"
	_ "embed"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
)

// CarriedCount counts the images of each kind that the program carries.
const CarriedCount = 64

// heldOutDigits holds the first images of the validation set that zoo's digits8 was not trained on, [64,8,8], 0 to 16, as bytes.
// Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0.
//
//go:embed assets/digits8-held-out.npy
var heldOutDigits []byte

// fashionTest holds images of the test set of Fashion-MNIST, [64,28,28], 0 to 255, as bytes: image i is number i/10 of
// class i mod 10. H. Xiao, K. Rasul, R. Vollgraf, arXiv 1708.07747, MIT licence.
//
//go:embed assets/fashion28-test.npy
var fashionTest []byte

// Images holds images that no embedded prior was trained on.
type Images struct {
	what string // of one image
	file []byte // npy of bytes
	full float64
}

// Carried returns the images for priors of a shape.
func Carried(shape autodiff.Shape) (Images, error) {
	switch shape {
	case autodiff.S(1, 28, 28):
		return Images{"an item of the test set of Fashion-MNIST", fashionTest, 255}, nil
	case autodiff.S(1, 8, 8):
		return Images{"a handwritten digit that the embedded prior never saw", heldOutDigits, 16}, nil
	}
	return Images{}, fmt.Errorf("the program carries test images of shapes [1,28,28] and [1,8,8] only, and the prior's is %v; give --image", shape)
}

// Image returns number i, with pixels between lo and hi.
func (c Images) Image(i int, lo, hi float64) []float64 {
	f, err := checkpoints.Read(bytes.NewReader(c.file), int64(len(c.file)))
	if err != nil {
		panic(err) // the bytes are part of the program
	}
	t := f.Tensors()[0]
	v, err := t.Float64s()
	if err != nil {
		panic(err)
	}
	size := t.Shape[1] * t.Shape[2]
	x := make([]float64, size)
	for j := range x {
		x[j] = lo + (hi-lo)*v[i*size+j]/c.full
	}
	return x
}
