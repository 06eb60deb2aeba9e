package diffusers_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/families/diffusers"
)

// TestDiffusersOfToday: a network loads whatever its scheduler is, with the keys, the numbers and the names that later versions
// and wrappers write.
func TestDiffusersOfToday(t *testing.T) {
	path := smallFolder(t, func(*diffusers.Config) {}, `{"_class_name": "DPMSolverMultistepScheduler"}`)
	plain := openFolder(t, path)
	want, err := families.Load(plain, families.Source{})
	if err != nil {
		t.Fatal(err)
	}
	text, _ := plain.Value("config.json")
	config := strings.Replace(text.(string), "{", `{"time_embedding_dim": null, "added_later": null, "decay": 0.999, "power": 0.75, "optimization_step": 3,`, 1)
	wrapped := &checkpoints.File{}
	for _, x := range plain.Tensors() {
		part := *x
		part.Name = "_orig_mod." + strings.Replace(x.Name, "resnets.0.", "resnets.0._checkpoint_wrapped_module.", 1)
		if err := wrapped.Add(&part); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("config.json", config)
	write("scheduler_config.json", `{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "x": NaN}`)
	if err := checkpoints.SaveTorch(filepath.Join(dir, "pytorch_model-00001-of-00001.bin"), wrapped); err != nil {
		t.Fatal(err)
	}
	index := `{"weight_map": {`
	for i, name := range wrapped.Names() {
		if i > 0 {
			index += ", "
		}
		index += `"` + name + `": "pytorch_model-00001-of-00001.bin"`
	}
	write("pytorch_model.bin.index.json", index+"}}")
	got, err := families.Load(openFolder(t, dir), families.Source{})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got.Params() {
		if q := want.Params()[i]; p.Name() != q.Name() || p.Data()[0] != q.Data()[0] {
			t.Errorf("%s and %s", p.Name(), q.Name())
		}
	}
	if _, err := diffusers.ParseScheduler([]byte(`{"_class_name": "DDPMScheduler", "clip_sample_range": null, "beta_end": null, "added": null}`)); err != nil {
		t.Errorf("null is as good as no key: %v", err)
	}
	if _, _, _, err := families.Describe(openFolder(t, dir), families.Source{}, families.PriorOptions{High: 1}); err == nil || !strings.Contains(err.Error(), "DPMSolverMultistepScheduler") {
		t.Errorf("a prior on another process: %v", err)
	}
	write("model_index.json", `{"_class_name": "LDMPipeline", "vqvae": ["diffusers", "VQModel"]}`)
	if _, _, _, err := families.Describe(openFolder(t, dir), families.Source{}, families.PriorOptions{High: 1}); err == nil || !strings.Contains(err.Error(), "names a vqvae") {
		t.Errorf("a prior of codes: %v", err)
	}
}

// TestWantedTensor: of the tensors that cannot be read, those that the network needs are named, with what to do.
func TestWantedTensor(t *testing.T) {
	path := smallFolder(t, func(*diffusers.Config) {}, "")
	file := filepath.Join(path, "diffusion_pytorch_model.safetensors")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f := openFolder(t, path)
	x, err := f.Tensor("conv_out.bias")
	if err != nil || x.Len() != 1 {
		t.Fatal(err)
	}
	at := bytes.Index(raw, []byte(`"conv_out.bias"`))
	copy(raw[at:], bytes.Replace(raw[at:at+80], []byte(`"F32"`), []byte(`"F4" `), 1))
	if err := os.WriteFile(file, raw, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = families.Load(openFolder(t, path), families.Source{})
	if err == nil || !strings.Contains(err.Error(), "conv_out.bias") || !strings.Contains(err.Error(), `not read`) || !strings.Contains(err.Error(), `dtype "F4"`) {
		t.Error(err)
	}
}
