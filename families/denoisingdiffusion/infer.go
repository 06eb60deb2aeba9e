package denoisingdiffusion

import (
	"fmt"
	"strconv"

	"tweedie/checkpoints"
)

// configOf is the config that the tensors of a network tell, all but sinusoidal_pos_emb_theta.
func configOf(f *checkpoints.File) (c Config, err error) {
	shape := func(name string, axes int) []int {
		t, missing := f.Tensor(name)
		switch {
		case err != nil:
		case missing != nil:
			err = fmt.Errorf("tensor %q is missing", name)
		case len(t.Shape) != axes:
			err = fmt.Errorf("tensor %q is %v; want %d axes", name, t.Shape, axes)
		default:
			return t.Shape
		}
		return make([]int, axes)
	}
	if !f.Has("downs.0.0.block1.norm.g") {
		return c, fmt.Errorf(`the norms of the blocks are not RMSNorm, "downs.0.0.block1.norm.g": the network is of an older version of denoising_diffusion_pytorch, or of a copy of it; those from 2.0 on are read`)
	}
	first, last := shape("init_conv.weight", 4), shape("final_conv.weight", 4)
	hidden := shape("time_mlp.1.weight", 2)
	c = Config{Dim: hidden[0] / 4, InitDim: first[0], Channels: last[0]}
	switch in := first[1]; {
	case in == 2*c.Channels:
		c.SelfCondition = true
	case 2*in == c.Channels:
		c.LearnedVariance, c.Channels = true, in
	case err == nil && in != c.Channels:
		return c, fmt.Errorf("the network takes %d channels and returns %d; want as many, or twice as many in one of them", in, c.Channels)
	}
	if f.Has("time_mlp.0.weights") {
		c.LearnedSinusoidal, c.SinusoidalDim = true, 2*shape("time_mlp.0.weights", 1)[0]
	}
	for i := 0; f.Has("downs." + strconv.Itoa(i) + ".0.mlp.1.weight"); i++ {
		at := "downs." + strconv.Itoa(i)
		name := at + ".3.1.weight"
		if !f.Has(name) {
			name = at + ".3.weight"
		}
		width, memory := shape(name, 4)[0], shape(at+".2.mem_kv", 4)
		full := f.Has(at + ".2.to_out.weight")
		n, d := memory[3], memory[2]
		if full {
			n, d = d, n
		}
		if err == nil && (c.Dim == 0 || width%c.Dim != 0) {
			return c, fmt.Errorf("level %d is %d wide, which is no multiple of dim %d", i, width, c.Dim)
		}
		if err == nil {
			c.DimMults = append(c.DimMults, width/c.Dim)
		}
		c.AttnHeads, c.AttnDimHead, c.FullAttn = append(c.AttnHeads, memory[1]), append(c.AttnDimHead, d), append(c.FullAttn, full)
		c.Memory = n
	}
	if err == nil {
		err = c.Validate()
	}
	return c, err
}
