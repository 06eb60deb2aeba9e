package adm_test

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/layers"
	"tweedie/rng"
)

// A score network for gray images of 20x28 pixels.
func ExampleNew() {
	c := adm.Default()
	c.InChannels, c.ModelChannels, c.ChannelMult, c.NumResBlocks = 1, 32, []float64{1, 2, 2}, 1
	c.AttentionResolutions, c.NumHeadChannels, c.ScaleShiftNorm = []int{4}, 32, true
	net, err := adm.New(layers.Root(rng.New(1)), c)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	y := net.Forward(s, s.Zeros(autodiff.S(2, 1, 20, 28)), []float64{10, 500})
	fmt.Println(y.Shape(), layers.Count(net.Params()), "parameters")
	fmt.Println(c.CheckShape(autodiff.S(2, 1, 21, 28)))
	// Output:
	// [2,1,20,28] 1191233 parameters
	// unet: images [2,1,21,28]: 3 levels need extents that are multiples of 4; the nearest size is [20,28]; pad or crop to it
}

// A published network, described without its weights.
func ExamplePreset() {
	c, err := adm.Preset("ffhq_10m")
	if err != nil {
		fmt.Println(err)
		return
	}
	net, err := adm.New(layers.Root(rng.New(1)).Blank(), c)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f million parameters, learned variance: %v\n", float64(layers.Count(net.Params()))/1e6, c.LearnSigma())
	p := net.Params()[10]
	fmt.Println(p.Name(), p.Shape())
	// Output:
	// 93.56 million parameters, learned variance: true
	// input_blocks.1.0.emb_layers.1.weight [256,512]
}
