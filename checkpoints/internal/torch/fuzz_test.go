package torch_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/edm"
	"tweedie/checkpoints/internal/filetest"
	"tweedie/checkpoints/internal/torch"
)

// FuzzPickle: whatever the object of an archive, the reading ends with an error or with tensors. The archive holds
// 4096 bytes for every storage.
func FuzzPickle(f *testing.F) {
	for _, raw := range filetest.TorchSeeds(f, "PK") {
		z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			continue
		}
		for _, e := range z.File {
			rc, err := e.Open()
			if err != nil || !strings.HasSuffix(e.Name, "data.pkl") {
				continue
			}
			if b, err := io.ReadAll(rc); err == nil {
				f.Add(b)
			}
		}
	}
	store := make([]byte, 4096)
	for i := range store {
		store[i] = byte(i)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := torch.ReadObject(text, store, edm.Modules()); err == nil {
			filetest.Rewrites(t, c.All())
		}
	})
}

// FuzzTorchZip: whatever the bytes of an archive.
func FuzzTorchZip(f *testing.F) { fuzzTorch(f, "PK") }

// FuzzTorchLegacy: whatever the bytes of a stream.
func FuzzTorchLegacy(f *testing.F) { fuzzTorch(f, "\x80") }

func fuzzTorch(f *testing.F, magic string) {
	for _, b := range filetest.TorchSeeds(f, magic) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !bytes.HasPrefix(b, []byte(magic)) {
			return
		}
		if file, err := checkpoints.Read(bytes.NewReader(b), int64(len(b))); err == nil {
			filetest.Rewrites(t, file.Tensors())
		}
	})
}
