package optics_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/optics"
)

// A camera with four times fewer pixels than the image wanted.
func ExampleBlockAverageConfig() {
	op, err := optics.BlockAverageConfig{Rows: 2, Cols: 2}.Build(autodiff.S(1, 2, 4))
	if err != nil {
		fmt.Println(err)
		return
	}
	y := make([]float64, op.OutShape().Size())
	op.Apply(y, []float64{
		1, 3, 0, 0,
		5, 7, 0, 8,
	})
	fmt.Println(op.OutShape(), y)
	// Output: [1,1,2] [4 2]
}

// Pixels 1 and 2 of the first row are missing; the pseudo-inverse fills them with zeros.
func ExampleInpaintConfig() {
	op, err := optics.InpaintConfig{Box: &optics.BoxConfig{Top: 0, Left: 1, Height: 1, Width: 2}}.Build(autodiff.S(1, 2, 3))
	if err != nil {
		fmt.Println(err)
		return
	}
	y, x := make([]float64, op.OutShape().Size()), make([]float64, 6)
	op.Apply(y, []float64{1, 2, 3, 4, 5, 6})
	op.(inverse.PseudoInverter).PseudoInverse(x, y)
	fmt.Println(y, x)
	// Output: [1 4 5 6] [1 0 0 4 5 6]
}

// Importing the package registers its operators, so that descriptions reach them.
func ExampleBlurConfig() {
	op, err := inverse.Decode([]byte(`{"kind": "blur", "boundary": "zero", "psf": {"rows": 1, "cols": 3, "data": [0.5, 1, 0.25]}}`), autodiff.S(1, 1, 4))
	if err != nil {
		fmt.Println(err)
		return
	}
	y := make([]float64, 4)
	op.Apply(y, []float64{0, 1, 0, 2})
	fmt.Printf("%s %.2f\n", op.Name(), y)
	// Output: blur [0.50 1.00 1.25 2.00]
}
