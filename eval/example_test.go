package eval_test

import (
	"fmt"

	"tweedie/eval"
)

func ExamplePSNR() {
	truth, estimate := []float64{0, .5, 1, .5}, []float64{.1, .4, .9, .6}
	fmt.Printf("%.1f dB\n", eval.PSNR(estimate, truth, 1))
	// Output: 20.0 dB
}

func ExampleChiSquared() {
	fmt.Println(eval.ChiSquared([]float64{1, 2, 3, 4}, []float64{1.1, 1.9, 3.1, 3.9}, .1))
	// Output: 1 +- 0.71
}
