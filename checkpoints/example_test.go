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
