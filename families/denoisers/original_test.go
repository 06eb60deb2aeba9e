package denoisers_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/families/denoisers"
	"tweedie/prior"
)

// Every published denoiser is evaluated as by its authors' code, from every file of it, without a description.
func TestPublishedDenoiserNetworks(t *testing.T) {
	for _, row := range []struct {
		golden, out, file string
		sigma             float64
	}{
		{"lcv_faces40", "residual", "lcv_faces40.safetensors", .2},
		{"lcv_faces40", "residual", "originals/lcv_faces40.pt", .2},
		{"lcv_faces160_rf13_scale1", "residual", "lcv_faces160_rf13_scale1.safetensors", .2},
		{"lcv_faces160_rf13_scale0", "residual", "lcv_faces160_rf13_scale0.safetensors", .2},
		{"lcv_bfunet_gray", "denoised", "lcv_bfunet_gray.safetensors", .2},
		{"scico_dncnn6N", "denoised", "scico_dncnn6N.safetensors", .1},
		{"scico_dncnn6N", "denoised", "originals/scico_dncnn6N.mpk", .1},
		{"cam_mnist_ddpm", "eps", "cam_mnist_ddpm.safetensors", 0},
		{"cam_mnist_ddpm", "eps", "originals/cam_mnist_ddpm.pth", 0},
	} {
		f, err := checkpoints.Open(weights(t, row.file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if family, _, err := families.Recognise(f, ""); err != nil || family != denoisers.Name {
			t.Errorf("%s: family %q, %v", row.file, family, err)
		}
		net, err := families.Load(f, families.Source{})
		if err != nil {
			t.Error(err)
			continue
		}
		get := golden(t, row.golden)
		x, shape := get("x")
		want, _ := get(row.out)
		times := []float64{row.sigma}
		if row.sigma == 0 {
			times, _ = get("t")
		}
		if err := net.Check(autodiff.S(shape...), times, families.Labels{}); err != nil {
			t.Error(err)
		}
		e := gap(t, apply(x, shape, autodiff.F32, func(s *autodiff.Scope, v autodiff.Var) autodiff.Var {
			return net.Forward(s, v, times, families.Labels{})
		}), want)
		t.Logf("%s: %.2g", row.file, e)
		if !(e <= 1e-4) {
			t.Errorf("%s: %.3g of the largest value from the golden, want 1e-4", row.file, e)
		}
	}
}

// A published denoiser is a prior of images of any extents and values that the network takes: its denoiser is the same
// function in other units.
func TestDescribeDenoiser(t *testing.T) {
	f := holding(t, positives("w0", 2, 1, 3, 3), positives("w1", 2, 2, 3, 3), positives("w2", 1, 2, 3, 3))
	net, arch, spec, err := families.Describe(f, families.Source{}, families.PriorOptions{Extents: []int{5, 7}, Low: -10, High: 30})
	if err != nil {
		t.Fatal(err)
	}
	if arch != "cnn" || !slices.Equal(spec.Shape, []int{1, 5, 7}) || spec.Affine.ToPhysical(.25) != 0 || spec.Mean != 10 || spec.Std != 10 || len(net.Params()) != 3 {
		t.Errorf("%s %+v", arch, spec)
	}
	_, _, spec, err = families.Describe(holding(t, timeFile(func([]float64) {})...), families.Source{}, families.PriorOptions{Low: 0, High: 255})
	if err != nil {
		t.Fatal(err)
	}
	if spec.Affine.ToPhysical(-.5) != 0 || spec.Affine.ToPhysical(.5) != 255 || math.Abs(spec.Mean-33.3285) > 1e-9 {
		t.Errorf("%+v", spec)
	}
	one := 1
	for want, row := range map[string]struct {
		file    []*checkpoints.Tensor
		setting families.PriorOptions
		source  families.Source
	}{
		"OpenCascade": {file: []*checkpoints.Tensor{positives("w0", 2, 4, 1, 1), positives("w1", 3, 2, 1, 1)}, setting: families.PriorOptions{High: 1}},
		"class":       {file: f.Tensors(), setting: families.PriorOptions{High: 1, Class: &one}},
		"schedule":    {file: f.Tensors(), setting: families.PriorOptions{High: 1, Schedule: "linear"}},
		"dilations":   {file: f.Tensors(), setting: families.PriorOptions{High: 1}, source: families.Source{Config: `{"dilations":[1]}`}},
		"depth":       {file: f.Tensors(), setting: families.PriorOptions{High: 1}, source: families.Source{Config: `{"depth":1}`}},
		"28":          {file: timeFile(func([]float64) {}), setting: families.PriorOptions{High: 1, Extents: []int{28, 28}}},
	} {
		if _, _, _, err := families.Describe(holding(t, row.file...), row.source, row.setting); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if err := net.Check(autodiff.S(1, 2, 5, 5), []float64{1}, families.Labels{}); err == nil || !strings.Contains(err.Error(), "x: ") {
		t.Errorf("two channels: error %v", err)
	}
	if err := net.Check(autodiff.S(1, 1, 5, 5), []float64{1}, families.Labels{Values: []float64{1}}); err == nil || !strings.Contains(err.Error(), "labels: ") {
		t.Errorf("labels: error %v", err)
	}
}

// The network for MNIST is evaluated from its converted file, which does not hold its betas, as from the published one.
func TestTimeCNNConverted(t *testing.T) {
	net, architecture, spec, err := families.Describe(holding(t, timeFile(func([]float64) {})...), families.Source{}, families.PriorOptions{High: 1})
	if err != nil {
		t.Fatal(err)
	}
	info, err := prior.Info(architecture, spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &checkpoints.File{}
	if err := f.SetInfo(info); err != nil {
		t.Fatal(err)
	}
	if err := f.AddParams("", net.Params()); err != nil {
		t.Fatal(err)
	}
	again, err := families.Load(f, families.Source{})
	if err != nil {
		t.Fatal(err)
	}
	out := func(n families.Original) []float64 {
		return apply(make([]float64, 16), []int{1, 1, 4, 4}, autodiff.F32, func(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
			return n.Forward(s, x, []float64{2}, families.Labels{})
		})
	}
	if a, b := out(net), out(again); !slices.Equal(a, b) || slices.Max(a) == slices.Min(a) {
		t.Errorf("converted %v, published %v", b, a)
	}
}
