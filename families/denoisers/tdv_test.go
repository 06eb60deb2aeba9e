package denoisers_test

import (
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families/denoisers"
	"tweedie/layers"
	"tweedie/prior"
	"tweedie/rng"
)

// A TDV as published, with masks, binomials and scalars, is the TDV of its parameters; a mask that masks is refused.
func TestTDVAsPublished(t *testing.T) {
	c := denoisers.DefaultTDV(1)
	c.Features, c.Scales, c.Blocks = 2, 2, 1
	net, err := denoisers.NewTDV(layers.Root(rng.New(5)), c)
	if err != nil {
		t.Fatal(err)
	}
	file := func(element int, value float32) *checkpoints.File {
		f := &checkpoints.File{}
		for _, p := range net.Params() {
			dims := p.Shape().Dims(nil)
			if p.Shape().Rank() == 1 {
				dims = []int{}
			}
			if err := f.Add(checkpoints.FromFloat32("model."+p.Name(), dims, p.Data())); err != nil {
				t.Fatal(err)
			}
		}
		mask, blur := make([]float32, 9), []float32{1, 4, 6, 4, 1}
		for i := range mask {
			mask[i] = 1
		}
		var kernel []float32
		for _, a := range blur {
			for _, b := range blur {
				kernel = append(kernel, a*b/256)
			}
		}
		if element < 9 {
			mask[element] = value
		} else {
			kernel[element-9] = value
		}
		if err := f.Add(checkpoints.FromFloat32("model.R.K1.mask", []int{1, 1, 3, 3}, mask), checkpoints.FromFloat32("model.R.mb.0.conv_down.0.blur", []int{1, 1, 5, 5}, kernel)); err != nil {
			t.Fatal(err)
		}
		return f
	}
	p, err := prior.FromFile("tdv", file(0, 1), prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 144)
	rng.New(6).Stream().FillNorm(x)
	run := func(d func(s *autodiff.Scope, x autodiff.Var) autodiff.Var) []float64 {
		return apply(x, []int{1, 1, 12, 12}, autodiff.F32, d)
	}
	got := run(func(s *autodiff.Scope, v autodiff.Var) autodiff.Var {
		return p.Denoiser.Denoise(s, v, []float64{.1})
	})
	for i, want := range run(func(s *autodiff.Scope, v autodiff.Var) autodiff.Var { return net.Forward(s, v, []float64{.1}) }) {
		if got[i] != want {
			t.Fatalf("pixel %d is %v, was %v", i, got[i], want)
		}
	}
	for element, name := range map[int]string{4: "R.K1.mask", 9 + 12: "conv_down.0.blur"} {
		if _, err := prior.FromFile("tdv", file(element, .5), prior.Options{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v does not name %s", err, name)
		}
	}
}
