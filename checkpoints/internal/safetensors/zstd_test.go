package safetensors_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
	"tweedie/checkpoints/internal/safetensors"

	"github.com/klauspost/compress/zstd"
)

// squeeze compresses by another encoder setting than the writer's.
func squeeze(t *testing.T, b []byte, o ...zstd.EOption) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil, append(o, zstd.WithEncoderLevel(zstd.SpeedFastest))...)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return e.EncodeAll(b, nil)
}

func TestZstdRoundTrip(t *testing.T) {
	dir := t.TempDir()
	for _, o := range []checkpoints.SaveOptions{{}, {Zstd: true}} {
		path := filepath.Join(dir, fmt.Sprintf("zstd-%v", o.Zstd)) // no extension: content decides
		if err := checkpoints.Save(path, golden(t), o); err != nil {
			t.Fatal(err)
		}
		f, err := checkpoints.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		filetest.SameTensors(t, f.Tensors(), golden(t).Tensors())
		if strings.Contains(f.Format, "zstd") != o.Zstd {
			t.Errorf("format %q", f.Format)
		}
	}
	plain, err := os.ReadFile(filepath.Join(dir, "zstd-false"))
	if err != nil {
		t.Fatal(err)
	}
	if f, err := readAll(squeeze(t, plain)); err != nil || len(f.Names()) != 6 {
		t.Errorf("zstd of another encoder: %v", err)
	}
	zeros := raw(`{"m":{"dtype":"U8","shape":[33554432],"data_offsets":[0,33554432]}}`, 32<<20)
	if _, err := readAll(squeeze(t, zeros)); err != nil {
		t.Errorf("32 MB of zeros, as a fresh optimiser has: %v", err)
	}
}

// TestZstdBombs: claims beyond the limits, data beyond the claims, windows beyond reason, broken checksums.
func TestZstdBombs(t *testing.T) {
	n := 80 << 20
	consistent := raw(fmt.Sprintf(`{"a":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}`, n, n), n)
	small := raw(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, 4)
	broken := squeeze(t, small)
	broken[len(broken)-1] ^= 1
	wide := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, 1, 0, 0} // a window of 2^31 bytes
	for why, b := range map[string][]byte{
		"the limit is":                  squeeze(t, consistent),
		"data follow":                   squeeze(t, append(small, make([]byte, n)...)),
		"the header claims":             squeeze(t, raw(strings.Repeat(" ", 50<<20), 0)),
		"CRC":                           broken,
		"window":                        wide,
		"end after":                     squeeze(t, small[:len(small)-1]),
		"as none does that can be read": squeeze(t, bytes.Repeat([]byte{0xff}, n)),
	} {
		if _, err := readAll(b); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%d bytes: error %v, want one with %q", len(b), err, why)
		}
	}
}

// TestZstdStream: tensors read in the order of the file, twice, are not held; read in any other order they are the same.
func TestZstdStream(t *testing.T) {
	const n = 200000
	f := &checkpoints.File{}
	for i := range 4 {
		data := make([]float32, n)
		for j := range data {
			data[j] = float32(i*n + j)
		}
		if err := f.Add(checkpoints.FromFloat32(fmt.Sprint(i), []int{n}, data)); err != nil {
			t.Fatal(err)
		}
	}
	var plain bytes.Buffer
	if err := f.Encode(&plain); err != nil {
		t.Fatal(err)
	}
	b := squeeze(t, plain.Bytes())
	g, err := checkpoints.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, n)
	read := func(i int) {
		t.Helper()
		err := g.Tensors()[i].ReadFloat32s(got)
		if err != nil || got[0] != float32(i*n) || got[n-1] != float32(i*n+n-1) {
			t.Fatalf("tensor %d is %v ... %v, %v", i, got[0], got[n-1], err)
		}
	}
	for _, i := range []int{0, 1, 2, 3, 0, 1, 2, 3, 1, 2} {
		read(i)
	}
	if safetensors.Whole(g.Tensors()[0]) {
		t.Error("tensors read in order are in memory")
	}
	for _, i := range []int{3, 2, 1, 0, 3, 1, 0, 2} {
		read(i)
	}
	if !safetensors.Whole(g.Tensors()[0]) {
		t.Error("the file is decompressed again and again")
	}
	var wait sync.WaitGroup
	h, err := checkpoints.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		wait.Go(func() {
			if x, err := h.Tensors()[i].Float32s(); err != nil || x[n-1] != float32(i*n+n-1) {
				t.Errorf("tensor %d read at once with others: %v", i, err)
			}
		})
	}
	wait.Wait()
}
