package denoisers_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/families/denoisers"
	"tweedie/layers"
	"tweedie/rng"
)

func contains(err error, part string) bool { return strings.Contains(err.Error(), part) }

// A bias-free CNN is a denoiser at every noise level, and tells the level by itself.
func ExampleCNN() {
	c := denoisers.DefaultCNN(1, 4)
	n, err := denoisers.NewCNN(layers.Root(rng.New(1)), c)
	if err != nil {
		panic(err)
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	d := n.Denoiser().Denoise(s, s.Ones(autodiff.S(1, 1, 40, 40)), []float64{.2})
	text, err := json.Marshal(n.Config())
	if err != nil {
		panic(err)
	}
	fmt.Println(d.Shape(), layers.Count(n.Params()))
	fmt.Println(string(text))
	// Output:
	// [1,1,40,40] 74880
	// {"channels":1,"width":64,"kernels":[3,3,3,3]}
}
