package checkpoints_test

import (
	"fmt"
	"os"
	"path/filepath"

	"tweedie/autodiff"
	"tweedie/checkpoints"
)

// Weights go to disk and come back by name.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "prior.safetensors")

	w := autodiff.NewParam("fc.weight", autodiff.S(2))
	copy(w.Data(), []float32{3, 4})
	var f checkpoints.File
	if err := f.AddParams("", []*autodiff.Param{w}); err != nil {
		fmt.Println(err)
	}
	if err := f.SetInfo(checkpoints.Info{Architecture: "linear", DataRange: [2]float64{0, 1}, Step: 10}); err != nil {
		fmt.Println(err)
	}
	if err := checkpoints.Save(path, &f, checkpoints.SaveOptions{Zstd: true}); err != nil {
		fmt.Println(err)
	}

	g, err := checkpoints.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer g.Close()
	fresh := autodiff.NewParam("fc.weight", autodiff.S(2))
	if err := checkpoints.Load(g, []*autodiff.Param{fresh}, checkpoints.LoadOptions{}); err != nil {
		fmt.Println(err)
	}
	info, _ := g.Info()
	fmt.Println(fresh.Data(), info.Architecture, info.Step, g.Format)
	// Output: [3 4] linear 10 safetensors+zstd
}

// What does not fit is told in one table.
func ExampleLoad() {
	var f checkpoints.File
	if err := f.Add(checkpoints.FromFloat32("fc.wieght", []int{2}, []float32{3, 4})); err != nil {
		fmt.Println(err)
	}
	w := autodiff.NewParam("fc.weight", autodiff.S(2))
	fmt.Println(checkpoints.Load(&f, []*autodiff.Param{w}, checkpoints.LoadOptions{}))
	// Output:
	// checkpoints: 2 tensors do not fit, nothing was loaded
	//   problem  name         file     network  nearest in the file
	//   missing  "fc.weight"           [2]      "fc.wieght"
	//   unused   "fc.wieght"  F32 [2]
}

// A training state of torch: the averaged weights are a list, in the order of the network's parameters.
func ExampleFile_Sub() {
	var f checkpoints.File
	for _, name := range []string{"model.module.conv.weight", "ema.shadow_params.0", "ema.shadow_params.1"} {
		if err := f.Add(checkpoints.FromFloat32(name, []int{1}, []float32{1})); err != nil {
			fmt.Println(err)
		}
	}
	model, parallel := f.Sub("model.").StripModule()
	fmt.Println(model.Names(), parallel)
	fmt.Println(f.Sub("ema.shadow_params.").Names())
	// Output:
	// [conv.weight] true
	// [0 1]
}

// A network goes to a folder that diffusers reads, and comes back with its config.
func ExampleSaveDiffusers() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	var f checkpoints.File
	if err := f.Add(checkpoints.FromFloat32("conv_in.bias", []int{2}, []float32{3, 4})); err != nil {
		fmt.Println(err)
	}
	folder := filepath.Join(dir, "unet")
	if err := checkpoints.SaveDiffusers(folder, &f, []byte(`{"_class_name": "UNet2DModel"}`), nil); err != nil {
		fmt.Println(err)
	}
	g, err := checkpoints.Open(folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer g.Close()
	config, _ := g.Value("config.json")
	fmt.Println(g.Names(), config)
	// Output: [conv_in.bias] {"_class_name": "UNet2DModel"}
}

// The averages of a training state of score_sde are a list; the model beside them has their names.
func ExampleFile_EMAList() {
	var f checkpoints.File
	err := f.Add(
		checkpoints.FromFloat64("model.module.sigmas", []int{2}, []float64{50, 0.01}),
		checkpoints.FromFloat32("model.module.all_modules.0.bias", []int{1}, []float32{1}),
		checkpoints.FromFloat32("ema.shadow_params.0", []int{1}, []float32{7}),
	)
	if err != nil {
		fmt.Println(err)
	}
	averaged, err := f.EMAList(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range averaged.Tensors() {
		x, err := t.Float64s()
		fmt.Println(t.Name, x, err)
	}
	// Output:
	// sigmas [50 0.01] <nil>
	// all_modules.0.bias [7] <nil>
}
