package numpy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
)

const numpyFiles = "../../../internal/npy/testdata/"

// TestNumpyFiles: arrays that numpy wrote, through Open.
func TestNumpyFiles(t *testing.T) {
	for file, format := range map[string]string{"stored.npz": "npz", "deflated.npz": "npz", "v2.npy": "npy", "v3.npy": "npy"} {
		f, err := checkpoints.Open(numpyFiles + file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Format != format {
			t.Errorf("%s: format %q", file, f.Format)
		}
		name, shape := "f32", []int{3, 4}
		if format == "npy" {
			name = "arr_0"
		}
		x, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := x.Float32s()
		if err != nil || v[0] != 0.4412274956703186 || !slices.Equal(x.Shape, shape) {
			t.Errorf("%s: %v %v, %v", file, x.Shape, v, err)
		}
		if format == "npz" {
			c, err := f.Tensor("c64")
			if err != nil || !slices.Equal(c.Shape, []int{3, 2}) || c.DType != checkpoints.F32 {
				t.Errorf("complex64 of shape [3]: %v %v, %v; want F32 of shape [3 2]", c.DType, c.Shape, err)
			}
		}
	}
	bad, err := filepath.Glob(numpyFiles + "bad/*")
	if err != nil || len(bad) != 5 {
		t.Fatalf("%d files, %v", len(bad), err)
	}
	for _, name := range bad {
		if f, err := checkpoints.Open(name); err == nil {
			f.Close()
			t.Errorf("%s was read", name)
		}
	}
}

// TestNumpyRoundTrip: every element type to npz and each array to npy and back.
func TestNumpyRoundTrip(t *testing.T) {
	f, err := checkpoints.Open("../../testdata/formats/all_dtypes.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dir := t.TempDir()
	if err := checkpoints.SaveNPZ(filepath.Join(dir, "x.npz"), f); err != nil {
		t.Fatal(err)
	}
	back, err := checkpoints.Open(filepath.Join(dir, "x.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	for i, x := range f.Tensors() {
		if err := checkpoints.SaveNPY(filepath.Join(dir, "x.npy"), x); err != nil {
			t.Fatal(err)
		}
		single, err := checkpoints.ReadArray(filepath.Join(dir, "x.npy"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := x.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range []*checkpoints.Tensor{single, back.Tensors()[i]} {
			got, err := y.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			d := x.DType
			if d == checkpoints.BF16 { // widened: the bytes differ, the numbers do not
				a, _ := x.Float32s()
				b, _ := y.Float32s()
				if !slices.Equal(a, b) {
					t.Errorf("BF16: %v, want %v", b, a)
				}
				d, got = checkpoints.F32, want
			}
			if y.DType != d || !slices.Equal(y.Shape, x.Shape) || !bytes.Equal(got, want) {
				t.Errorf("%q: %v %v, want %v %v", x.Name, y.DType, y.Shape, x.DType, x.Shape)
			}
		}
	}
}

func TestNumpyRefuses(t *testing.T) {
	dir := t.TempDir()
	f := &checkpoints.File{}
	if err := f.Add(checkpoints.FromFloat32("../x", []int{1}, []float32{1})); err != nil {
		t.Fatal(err)
	}
	if err := checkpoints.SaveNPZ(filepath.Join(dir, "x.npz"), f); err == nil {
		t.Error("a name that no reader takes was written")
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
	if _, err := checkpoints.ReadArray(numpyFiles + "stored.npz"); err == nil || !strings.Contains(err.Error(), "11 arrays") {
		t.Errorf("an archive of 11 read as one array: %v", err)
	}
	if _, err := checkpoints.ReadArray(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
}
