package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
)

// TestReferenceFiles: files of Python's safetensors, every element type, against what numpy saved of the same tensors.
func TestReferenceFiles(t *testing.T) {
	tested := 0
	for _, name := range []string{"all_dtypes", "no_metadata_unpadded"} {
		f, err := checkpoints.Open("../../testdata/formats/" + name + ".safetensors")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Format != "safetensors" || f.Version() != 0 {
			t.Errorf("%s: format %q, version %d", name, f.Format, f.Version())
		}
		for _, got := range f.Tensors() {
			want, err := checkpoints.ReadArray("../../testdata/formats/expect_" + got.Name + ".npy")
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			filetest.SameNumbers(t, name, got, want)
			tested++
		}
		if name == "all_dtypes" && f.Meta["note"] != "é" {
			t.Errorf("metadata %q", f.Meta)
		}
	}
	if tested < 18 {
		t.Errorf("only %d tensors were compared", tested)
	}
}

// TestTruncated: no shorter and no longer file is read, and none panics.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"golden_v1.safetensors", "golden_v1.safetensors.zst"} {
		whole, err := os.ReadFile("../../testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for n := range whole {
			if _, err := readAll(whole[:n]); err == nil {
				t.Errorf("%s: read from %d of %d bytes", name, n, len(whole))
			}
		}
		if _, err := readAll(append(whole, 0)); err == nil {
			t.Errorf("%s: a byte too many was accepted", name)
		}
	}
}

// TestLazy: data are read when asked for; a file that shrank meanwhile is an error that names the tensor.
func TestLazy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := checkpoints.Save(path, golden(t), checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	f, err := checkpoints.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, 700); err != nil {
		t.Fatal(err)
	}
	x, err := f.Tensor("state")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = x.Bytes(); err == nil || !strings.Contains(err.Error(), `"state"`) {
		t.Errorf("reading from a truncated file: %v", err)
	}
}

// TestAllocation: a lying 81-byte file must not take memory in proportion to its claims.
func TestAllocation(t *testing.T) {
	lies := [][]byte{
		raw(`{"a":{"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]}}`, 4),
		append(binary.LittleEndian.AppendUint64(nil, 99_000_000), "{}"...),
	}
	for i, b := range lies {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := readAll(b); err == nil {
			t.Errorf("file %d was read", i)
		}
		runtime.ReadMemStats(&after)
		n := after.TotalAlloc - before.TotalAlloc
		if n > 1<<16 {
			t.Errorf("file %d of %d bytes: %d bytes allocated", i, len(b), n)
		}
	}
}

// TestOtherTypes: tensors of types that numpy lacks, and beside them one that cannot be read.
func TestOtherTypes(t *testing.T) {
	b := raw(`{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"half":{"dtype":"F8_E5M2","shape":[2],"data_offsets":[4,6]},`+
		`"f4":{"dtype":"F4","shape":[4],"data_offsets":[6,8]},"c":{"dtype":"C64","shape":[2],"data_offsets":[8,24]},`+
		`"f8":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[24,28]}}`, 28)
	copy(b[len(b)-28:], "\x00\x00\x80\x3f\x3c\xc0\x12\x34\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40\x38\xb9\x01\x7e")
	f, err := readAll(b)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float64{"w": {1}, "half": {1, -2}, "c": {1, 2, 3, 4}, "f8": {1, -1.125, 1. / 512, 448}} {
		x, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		filetest.SameNumbers(t, "other", x, checkpoints.FromFloat64(name, x.Shape, want))
		if x.Complex != (name == "c") || !x.DType.IsFloat() {
			t.Errorf("%s: %v, complex %v", name, x.DType, x.Complex)
		}
	}
	if _, err := f.Tensor("f4"); err == nil || !strings.Contains(err.Error(), `"f4" cannot be read: it is a tensor of dtype "F4"`) {
		t.Error(err)
	}
	if len(f.Tensors()) != 4 {
		t.Errorf("%q", f.Names())
	}
	var out bytes.Buffer
	x, _ := f.Tensor("f8")
	if err := checkpoints.EncodeNPY(&out, x); err != nil {
		t.Fatal(err)
	}
	if back, err := readAll(out.Bytes()); err != nil || back.Tensors()[0].DType != checkpoints.F32 {
		t.Errorf("as npy: %v", err)
	}
}

// raw puts header text before a buffer of n bytes.
func raw(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

// readAll reads a file whole.
func readAll(b []byte) (*checkpoints.File, error) { return filetest.Read(checkpoints.Read, b) }

// golden is a file that was written when the format was young.
func golden(t *testing.T) *checkpoints.File {
	t.Helper()
	f, err := checkpoints.Open("../../testdata/golden_v1.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
