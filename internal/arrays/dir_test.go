package arrays_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/internal/arrays"
	_ "tweedie/internal/arrays/files"
	"tweedie/internal/config"
)

// description has an array of each kind that a file may hold.
type description struct {
	Plain []float64    `json:"plain"`
	Keep  []int        `json:"keep"`
	Mask  []bool       `json:"mask"`
	Array arrays.Array `json:"array,omitzero"`

	Matrix arrays.Sparse `json:"matrix,omitzero"`
	File   arrays.File   `json:"file,omitzero"`
}

// What a description comes to follows the content of its files, and not their place.
func TestContents(t *testing.T) {
	read := func(name, numbers, field string) description {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("%%MatrixMarket matrix array real general\n2 1\n"+numbers), 0o600); err != nil {
			t.Fatal(err)
		}
		var d description
		text := []byte(`{"` + field + `":"` + name + `"}`)
		if err := config.DecodeFrom(text, &d, arrays.Dir{Ctx: context.Background(), Path: dir}); err != nil {
			t.Fatal(err)
		}
		return d
	}
	told := func(d description) string {
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		type outer struct{ Inner []any } // as a description inside another one
		return string(arrays.Contents(text, outer{[]any{&d}}))
	}
	for _, field := range []string{"array", "matrix", "file"} {
		a, moved, other := told(read("a.mtx", "1\n2\n", field)), told(read("b.mtx", "1\n2\n", field)), told(read("a.mtx", "1\n3\n", field))
		if a != moved || a == other || strings.Contains(a, ".mtx") || strings.Count(a, "hash") != 1 {
			t.Errorf("%s\n%s\n%s", a, moved, other)
		}
	}
}

// Lists of numbers and arrays are read from files whose paths are relative to the folder, and without a folder the file is
// named and not read.
func TestDescriptionsNameFiles(t *testing.T) {
	dir := t.TempDir()
	npy := "\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
	npy += strings.Repeat(" ", 128-len(npy)-1) + "\n" + "\x00\x00\x00\x00\x00\x00\xf0\x3f" + "\x00\x00\x00\x00\x00\x00\x00\x40"
	if err := os.WriteFile(filepath.Join(dir, "a.npy"), []byte(npy), 0o600); err != nil {
		t.Fatal(err)
	}
	text := []byte(`{"plain":"a.npy","keep":{"file":"a.npy"},"mask":"a.npy","array":"a.npy"}`)
	var d description
	if err := config.DecodeFrom(text, &d, arrays.Dir{Ctx: context.Background(), Path: dir}); err != nil {
		t.Fatal(err)
	}
	v, err := d.Array.Real()
	if err != nil || !slices.Equal(v.Data, []float64{1, 2}) || !slices.Equal(v.Shape, []int{2}) || !filepath.IsAbs(d.Array.File) {
		t.Errorf("the array is %+v (%v)", d.Array, err)
	}
	if !slices.Equal(d.Plain, []float64{1, 2}) || !slices.Equal(d.Keep, []int{1, 2}) || !slices.Equal(d.Mask, []bool{true, true}) {
		t.Errorf("decoded %+v", d)
	}
	var unread description
	if err := config.Decode([]byte(`{"array":"a.npy"}`), &unread); err != nil {
		t.Fatal(err)
	}
	if _, err := unread.Array.Real(); err == nil || !strings.Contains(err.Error(), "a.npy") {
		t.Errorf("an array that was not read: %v", err)
	}
	var named description
	if err := config.DecodeFrom([]byte(`{"file":"weights/a.pt"}`), &named, arrays.Dir{Path: dir}); err != nil || named.File.Path != filepath.Join(dir, "weights", "a.pt") {
		t.Errorf("a file in the folder is %q (%v)", named.File.Path, err)
	}
	if err := config.Decode([]byte(`{"file":"a.pt"}`), &named); err != nil || named.File.Path != "a.pt" {
		t.Errorf("a file without a folder is %q (%v)", named.File.Path, err)
	}
	if err := config.Decode([]byte(`{"file":""}`), &named); err == nil || err.Error() != "file is empty; name a file" {
		t.Errorf("a file without a name: %v", err)
	}
	for _, bad := range []string{`{"plain":"a.npy"}`, `{"keep":{"file":"a.npy"}}`} {
		if err := config.Decode([]byte(bad), &unread); err == nil {
			t.Errorf("%s was decoded without a folder", bad)
		}
	}
	if err := config.DecodeFrom([]byte(`{"plain":"b.npy"}`), &d, arrays.Dir{Ctx: context.Background(), Path: dir}); err == nil || !strings.HasPrefix(err.Error(), "plain: ") {
		t.Errorf("a file that is not there: %v", err)
	}
}
