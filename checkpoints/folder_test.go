package checkpoints

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const unetConfig = `{"_class_name": "UNet2DModel", "sample_size": 4}`

// unetFile is a file of two tensors, the first of which says what it is.
func unetFile(t *testing.T, mark float32) *File {
	t.Helper()
	f := &File{Meta: map[string]string{"architecture": "x"}, Values: []Value{{Name: "step", V: int64(1)}}}
	if err := f.Add(FromFloat32("conv_in.bias", []int{1}, []float32{mark}), FromBytes("half", F16, []int{2, 1}, []byte{1, 2, 3, 4})); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSaveDiffusers: what is written is read again, with its configs, and has no metadata but those of diffusers.
func TestSaveDiffusers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "net")
	want := unetFile(t, 1)
	if err := SaveDiffusers(dir, want, []byte(unetConfig), []byte(`{"num_train_timesteps": 7}`)); err != nil {
		t.Fatal(err)
	}
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if len(f.Meta) != 1 || f.Meta["format"] != "pt" || f.Format != "safetensors" {
		t.Errorf("metadata %v, format %q", f.Meta, f.Format)
	}
	if want := []Value{{Name: "config.json", V: unetConfig}, {Name: "scheduler_config.json", V: `{"num_train_timesteps": 7}`}}; !slices.Equal(f.Values, want) {
		t.Errorf("values %v", f.Values)
	}
	for i, x := range want.Tensors() {
		got := f.set.All()[i]
		a, err1 := got.Bytes()
		b, err2 := x.Bytes()
		if err1 != nil || err2 != nil || got.Name != x.Name || got.DType != x.DType || !slices.Equal(got.Shape, x.Shape) || !slices.Equal(a, b) {
			t.Errorf("%q %v %v %v, %v; want %q %v %v %v, %v", got.Name, got.DType, got.Shape, a, err1, x.Name, x.DType, x.Shape, b, err2)
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 3 {
		t.Errorf("%v, %v", list, err)
	}
}

// TestSaveDiffusersFails: what goes wrong leaves nothing behind.
func TestSaveDiffusersFails(t *testing.T) {
	top := t.TempDir()
	full := filepath.Join(top, "full")
	if err := SaveDiffusers(full, unetFile(t, 1), []byte(unetConfig), nil); err != nil {
		t.Fatal(err)
	}
	broken := unetFile(t, 1)
	broken.set.All()[0].Shape = []int{3}
	for want, fail := range map[string]func() error{
		"is there already":    func() error { return SaveDiffusers(full, unetFile(t, 2), []byte(unetConfig), nil) },
		"not one JSON object": func() error { return SaveDiffusers(filepath.Join(top, "a"), unetFile(t, 1), []byte("[]"), nil) },
		"scheduler_config": func() error {
			return SaveDiffusers(filepath.Join(top, "b"), unetFile(t, 1), []byte(unetConfig), []byte("{"))
		},
		"takes 12 bytes": func() error { return SaveDiffusers(filepath.Join(top, "c"), broken, []byte(unetConfig), nil) },
		"no such file": func() error {
			return SaveDiffusers(filepath.Join(top, "d", "e"), unetFile(t, 1), []byte(unetConfig), nil)
		},
	} {
		if err := fail(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	list, err := os.ReadDir(top)
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

// TestFolder: which of the files of a folder are opened, and which folders are refused.
func TestFolder(t *testing.T) {
	top := t.TempDir()
	write := func(name string, write func(string) error) {
		t.Helper()
		path := filepath.Join(top, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := write(path); err != nil {
			t.Fatal(err)
		}
	}
	safetensors := func(mark float32) func(string) error {
		return func(path string) error { return Save(path, unetFile(t, mark), SaveOptions{}) }
	}
	torch := func(mark float32) func(string) error {
		return func(path string) error { return SaveTorch(path, unetFile(t, mark)) }
	}
	text := func(s string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(s), 0o666) }
	}
	const weights = "diffusion_pytorch_model"
	write("whole/"+weights+".fp16.safetensors", safetensors(1))
	write("whole/"+weights+".bin", torch(2))
	write("half/"+weights+".fp16.bin", torch(3))
	write("half/"+weights+".fp16.safetensors", safetensors(4))
	write("half/config.json", text(unetConfig))
	write("pipeline/model_index.json", text("{}"))
	write("pipeline/unet/config.json", text(unetConfig))
	write("pipeline/unet/"+weights+".safetensors", safetensors(5))
	write("pipeline/unet/"+weights+".bin", torch(6))
	write("pipeline/scheduler/scheduler_config.json", text(`{"beta_start": 1}`))
	write("orbax/checkpoint", text(""))
	write("empty/x", text(""))
	write("shards/"+weights+".safetensors.index.json", text("{}"))
	write("badconfig/config.json", text("<html>"))
	write("badconfig/"+weights+".bin", torch(7))
	write("bad/"+weights+".bin", text("<html>"))
	for name, want := range map[string]float64{"whole": 2, "half": 4, "pipeline": 5, "pipeline/unet": 5} {
		f, err := Open(filepath.Join(top, filepath.FromSlash(name)))
		if err != nil {
			t.Error(err)
			continue
		}
		defer f.Close()
		if x, err := f.set.All()[0].Float64s(); err != nil || x[0] != want {
			t.Errorf("%s: the file %v, %v; want %v", name, x, err, want)
		}
		if _, ok := f.Value("config.json"); ok != (name != "whole") {
			t.Errorf("%s: values %v", name, f.Values)
		}
		if v, ok := f.Value("scheduler_config.json"); ok != (name == "pipeline") || ok && v != `{"beta_start": 1}` {
			t.Errorf("%s: values %v", name, f.Values)
		}
	}
	for name, want := range map[string]string{
		"orbax": "flax.serialization.to_bytes", "empty": "not one of diffusers", "shards": "this is JSON",
		"badconfig": `config.json": checkpoints: the config is not one JSON object: "<html>"`, "bad": "HTML page",
	} {
		if f, err := Open(filepath.Join(top, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, error %v, want one with %q", name, f, err, want)
		}
	}
}

// TestFolders: a folder is an error, that of Orbax one which says what to do.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "_METADATA"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "flax.serialization.to_bytes") {
		t.Errorf("a folder of Orbax: %v", err)
	}
}

// TestWeightsBeside: a folder with weights in it is opened, whatever lies beside them.
func TestWeightsBeside(t *testing.T) {
	both := shardFolder(t, map[string]string{"zero_to_fp32.py": "", "pytorch_lora_weights.bin": ""}, map[string]map[string]float32{"model.safetensors": {"a": 1}})
	if f, err := Open(both); err != nil || !f.Has("a") {
		t.Errorf("weights beside something else: %v", err)
	}
}
