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
