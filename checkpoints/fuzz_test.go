package checkpoints

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead: whatever the bytes, reading ends with an error or with tensors that are written and read again unchanged.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"testdata/*.safetensors*", "testdata/*/*", "internal/edm/testdata/*", "internal/fits/testdata/*", "internal/flax/testdata/*", "internal/torch/testdata/*/*",
		"../internal/npy/testdata/*.np?", "../internal/npy/testdata/bad/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: no files, %v", pattern, err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := readAll(b)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := file.Encode(&out); err != nil {
			t.Skip(err) // a name of an archive that safetensors cannot hold
		}
		back, err := readAll(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		sameFile(t, back, file)
	})
}
