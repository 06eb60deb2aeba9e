package checkpoints

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPublishedWeights reads every tensor of real files, where there are some.
func TestPublishedWeights(t *testing.T) {
	dir := os.Getenv("TWEEDIE_WEIGHTS")
	if dir == "" {
		t.Skip("TWEEDIE_WEIGHTS is not set")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no safetensors in %s, %v", dir, err)
	}
	for _, name := range files {
		f, err := Open(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, x := range f.Tensors() {
			if _, err := x.Float32s(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		f.Close()
	}
}

// TestNamespace: the file of a training program, with its arguments as an argparse.Namespace.
func TestNamespace(t *testing.T) {
	dir := os.Getenv("TWEEDIE_WEIGHTS")
	if dir == "" {
		t.Skip("TWEEDIE_WEIGHTS is not set")
	}
	f, err := Open(filepath.Join(dir, "originals", "dncnn_bias_free_0-100.pt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Verify(); err != nil || f.Format != "torch legacy" {
		t.Errorf("%s, %v", f.Format, err)
	}
	if v, ok := f.Value("args.log_dir"); !ok || v != nil || len(f.Names()) == 0 {
		t.Errorf("%v %v, %d tensors", v, ok, len(f.Names()))
	}
}
