package npy

import (
	"os"
	"path/filepath"
	"testing"
)

func seeds(f *testing.F, pattern string) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("%s: no files, %v", pattern, err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
}

// FuzzNPY: whatever the bytes, reading ends with an error or an array, without a panic.
func FuzzNPY(f *testing.F) {
	seeds(f, "testdata/*.npy")
	seeds(f, "testdata/bad/*.npy")
	f.Add(file(`{'descr': '>i2', 'fortran_order': True, 'shape': (1, 2,)}`, 1, 2, 3, 4))
	f.Fuzz(func(t *testing.T, raw []byte) { _ = readAll(raw) })
}

// FuzzNPZ is FuzzNPY for archives.
func FuzzNPZ(f *testing.F) {
	seeds(f, "testdata/*.npz")
	seeds(f, "testdata/bad/*.npz")
	f.Fuzz(func(t *testing.T, raw []byte) { _ = readAll(raw) })
}
