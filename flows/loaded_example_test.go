package flows_test

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families/dpi"
	"tweedie/rng"
)

// Load a posterior that was fitted with DPI's own code, draw from it with log q, and score the draws. Samples are
// positive, because the head comes along.
func Example_loaded() {
	file, err := checkpoints.Open("testdata/img8x8_bn/generativemodel_realnvp")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	head, err := checkpoints.Open("testdata/img8x8_bn/generativescale_realnvp")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer head.Close()
	family, prefix, err := dpi.RecogniseFlow(file, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := dpi.ConfigFlow(file, family, prefix, nil) // the tensors alone determine a RealNVP's config
	if err != nil {
		fmt.Println(err)
		return
	}
	posterior, err := dpi.LoadFlow(file, family, prefix, config, dpi.FlowOptions{Head: head})
	if err != nil {
		fmt.Println(err)
		return
	}
	q := posterior.Distribution()

	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	z := make([]float64, 100*q.NoiseDim())
	rng.New(1).Stream().FillNorm(z)
	x, logq := q.Sample(s, s.Const64(autodiff.S(100, q.NoiseDim()), z))
	again := q.LogProb(s, x)

	pixels, drawn, scored := make([]float64, x.Size()), make([]float64, 100), make([]float64, 100)
	x.CopyTo64(pixels)
	logq.CopyTo64(drawn)
	again.CopyTo64(scored)
	least, apart := math.Inf(1), 0.0
	for _, v := range pixels {
		least = min(least, v)
	}
	for i := range drawn {
		apart = max(apart, math.Abs(drawn[i]-scored[i]))
	}
	fmt.Println(family, x.Shape(), least > 0, apart < 1e-6)
	// Output: dpi_realnvp [100,64] true true
}
