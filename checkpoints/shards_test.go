package checkpoints

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shardFolder is a folder of files, whose text is written as it is, and whose tensors, by name and value, as safetensors or,
// for names that end in .bin, as torch writes them.
func shardFolder(t *testing.T, text map[string]string, tensors map[string]map[string]float32) string {
	t.Helper()
	dir := t.TempDir()
	for name, s := range text {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(s), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, held := range tensors {
		f := &File{}
		for key, v := range held {
			if err := f.Add(FromFloat32(key, []int{1}, []float32{v})); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		save := func() error { return Save(path, f, SaveOptions{}) }
		if strings.HasSuffix(name, ".bin") {
			save = func() error { return SaveTorch(path, f) }
		}
		if err := save(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestShards: weights in several files are one file, by their folder or by their index.
func TestShards(t *testing.T) {
	a, b := map[string]float32{"a": 1}, map[string]float32{"b": 2}
	for _, c := range []struct{ index, one, two, format string }{
		{"diffusion_pytorch_model.safetensors.index.json", "diffusion_pytorch_model-00001-of-00002.safetensors", "diffusion_pytorch_model-00002-of-00002.safetensors", "safetensors"},
		{"diffusion_pytorch_model.safetensors.index.fp16.json", "x.fp16-1.safetensors", "x.fp16-2.safetensors", "safetensors"},
		{"model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "safetensors"},
		{"pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin", "torch"},
	} {
		index := `{"metadata": {"total_size": 8}, "weight_map": {"a": "` + c.one + `", "b": "` + c.two + `"}}`
		dir := shardFolder(t, map[string]string{c.index: index, "config.json": unetConfig}, map[string]map[string]float32{c.one: a, c.two: b})
		for _, path := range []string{dir, filepath.Join(dir, c.index)} {
			f, err := Open(path)
			if err != nil {
				t.Errorf("%s: %v", c.index, err)
				continue
			}
			if !slices.Equal(f.Names(), []string{"a", "b"}) || f.Format != c.format {
				t.Errorf("%s: %s %q", c.index, f.Format, f.Names())
			}
			for i, x := range f.Tensors() {
				if v, err := x.Float64s(); err != nil || v[0] != float64(i+1) {
					t.Errorf("%s: %q is %v, %v", c.index, x.Name, v, err)
				}
			}
			if _, ok := f.Value("config.json"); ok != (path == dir) {
				t.Errorf("%s: values %v", path, f.Values)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			if _, err := f.set.All()[1].Float64s(); err == nil {
				t.Errorf("%s: a part was not closed", c.index)
			}
		}
	}
	both := shardFolder(t, map[string]string{"model.safetensors.index.json": "{}"}, map[string]map[string]float32{"model.safetensors": a})
	if f, err := Open(both); err != nil || !f.Has("a") {
		t.Errorf("one whole file and a stale index: %v", err)
	}
}

// TestShardsBad: an index that names what is not beside it, or does not tell the truth.
func TestShardsBad(t *testing.T) {
	one := map[string]map[string]float32{"one.safetensors": {"a": 1}, "two.safetensors": {"a": 2, "b": 3}}
	for why, index := range map[string]string{
		"no name of a file beside it": `{"weight_map": {"a": "../one.safetensors"}}`,
		`in "/etc/passwd"`:            `{"weight_map": {"a": "/etc/passwd"}}`,
		`in ".."`:                     `{"weight_map": {"a": ".."}}`,
		`in "x\\one"`:                 `{"weight_map": {"a": "x\\one"}}`,
		`in ""`:                       `{"weight_map": {"a": ""}}`,
		"does not hold it":            `{"weight_map": {"a": "one.safetensors", "c": "one.safetensors"}}`,
		"appears twice":               `{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}`,
		"no such file":                `{"weight_map": {"a": "three.safetensors"}}`,
		"this is JSON":                `{"weight_map": {"a": "model.safetensors.index.json"}}`,
		"without a weight_map":        `{"weight_map": {}}`,
		"cannot unmarshal":            `{"weight_map": ["a"]}`,
		"an index of weights":         `{"weight_map": {"a": `,
	} {
		dir := shardFolder(t, map[string]string{"model.safetensors.index.json": index}, one)
		if f, err := Open(dir); err == nil || !strings.Contains(err.Error(), why) || strings.ContainsRune(err.Error(), '\n') {
			t.Errorf("%s: %v %v, want an error with %s", index, f, err, why)
		}
	}
	many := `{"weight_map": {`
	for i := range maxShards + 1 {
		many += `"` + strings.Repeat("x", i+1) + `": "` + strings.Repeat("y", i/200+1) + string(rune('a'+i%200)) + `",`
	}
	dir := shardFolder(t, map[string]string{"model.safetensors.index.json": many + `"a": "b"}}`}, nil)
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "more than 1000 files") {
		t.Errorf("too many parts: %v", err)
	}
}
