package checkpoints

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestReferenceFiles: files of Python's safetensors, every element type, against what numpy saved of the same tensors.
func TestReferenceFiles(t *testing.T) {
	tested := 0
	for _, name := range []string{"all_dtypes", "no_metadata_unpadded"} {
		f, err := Open("testdata/formats/" + name + ".safetensors")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Format != "safetensors" || f.Version() != 0 {
			t.Errorf("%s: format %q, version %d", name, f.Format, f.Version())
		}
		for _, got := range f.Tensors() {
			want, err := ReadArray("testdata/formats/expect_" + got.Name + ".npy")
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			a, err := got.Float64s()
			if err != nil {
				t.Fatal(err)
			}
			b, err := want.Float64s()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Shape, want.Shape) || fmt.Sprint(a) != fmt.Sprint(b) { // NaN prints alike
				t.Errorf("%s %q: %v %v, want %v %v", name, got.Name, got.Shape, a, want.Shape, b)
			}
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

// raw puts header text before a buffer of n bytes.
func raw(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

// readAll reads a file whole.
func readAll(b []byte) (*File, error) {
	f, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	for _, t := range f.Tensors() {
		if _, err := t.Float64s(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*")
	if err != nil || len(files) != 30 {
		t.Fatalf("%d files, %v; want 30", len(files), err)
	}
	for _, name := range files {
		if f, err := Open(name); err == nil {
			f.Close()
			t.Errorf("%s was read", name)
		}
	}
	deep := `{"a":` + strings.Repeat("[", 50000) + strings.Repeat("]", 50000) + `}`
	if _, err := readAll(raw(deep, 0)); err == nil {
		t.Error("50,000 nested arrays were read")
	}
}

func TestHeaderGrammar(t *testing.T) {
	const a = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	for _, good := range []string{
		"{" + a + "}", "{" + a + "}   ", "{ \n" + a + "}\n\t ",
		`{"__metadata__":{},` + a + "}", `{"__metadata__":{"k":"v","":""},` + a + "}",
		`{"a":{"data_offsets":[0,8],"shape":[1,2,1],"dtype":"F32"}}`,
		`{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"z":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}`,
		`{"../../x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`,
	} {
		if _, err := readAll(raw(good, 8)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, why := range map[string]string{
		"":                                      "does not begin with {",
		" {" + a + "}":                          "does not begin with {",
		"{" + a + "} x":                         "text follows",
		"{" + a + "}{}":                         "text follows",
		"{" + a + ",}":                          "invalid",
		"{" + a:                                 "EOF",
		"{" + a + "," + a + "}":                 `"a" appears twice`,
		`{"\u0061":` + a[4:] + "," + a + "}":    `"a" appears twice`,
		"{}":                                    "take 0 bytes, the file has 8",
		`{"a":1}`:                               "want {",
		`{"a":null}`:                            "want {",
		`{"__metadata__":null,` + a + "}":       "want {",
		`{"__metadata__":{"k":null},` + a + "}": "want a string",
		`{"__metadata__":{"k":"v","k":"w"},` + a + "}":                                               "twice",
		`{"__metadata__":{},"__metadata__":{},` + a + "}":                                            "twice",
		`{"__metadata__":{"format_version":"2"},` + a + "}":                                          "reads up to 1",
		`{"__metadata__":{"format_version":"99999999999999999999"},` + a + "}":                       "reads up to 1",
		`{"__metadata__":{"format_version":"0"},` + a + "}":                                          "not a positive",
		`{"__metadata__":{"format_version":"one"},` + a + "}":                                        "not a positive",
		`{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`:                                "not valid Unicode",
		"{\"__metadata__\":{\"k\":\"\xff\"}," + a + "}":                                              "not valid UTF-8",
		`{"a":{"dtype":"F32","shape":[2]}}`:                                                          "want dtype, shape and two",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}`:                                       "want dtype, shape and two",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}`:                                   "more than 2",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}`:                               "unknown field",
		`{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`:                       "twice",
		`{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}`:                                     "dtype",
		`{"a":{"dtype":"F4","shape":[16],"data_offsets":[0,8]}}`:                                     "\"a\" is <a tensor of dtype \"F4\"",
		`{"a":{"dtype":"F4","shape":[16],"data_offsets":[8,0]}}`:                                     "data_offsets [8 0]",
		`{` + a + `,"b":{"dtype":"F4","shape":[2],"data_offsets":[7,8]}}`:                            "overlaps",
		`{"a":{"dtype":"C64","shape":[2],"data_offsets":[0,8]}}`:                                     "does not take",
		`{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}`:                                         "want a string",
		`{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}`:                                   "want an integer",
		`{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}`:                                   "want an integer",
		`{"a":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}`:                                   "want an integer",
		`{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`:                                    "want an integer",
		`{"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}`:                                   "want an integer",
		`{"a":{"dtype":"F32","shape":{},"data_offsets":[0,8]}}`:                                      "want [",
		`{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}`:                   "want an integer",
		`{"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}`:               "does not take",
		`{"a":{"dtype":"F32","shape":[` + strings.Repeat("1,", 32) + `2],"data_offsets":[0,8]}}`:     "more than 32",
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`:                                     "holes",
		`{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`:                           "overlaps",
		`{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`:                          "take 12 bytes, the file has 8",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,9223372036854775807]}}`: "does not take",
	} {
		_, err := readAll(raw(bad, 8))
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.120s: error %v, want one with %q", bad, err, why)
		}
	}
}

// TestHeaderLengths: lengths of a header whose bytes look like the beginning of a pickle, of msgpack or of gzip.
func TestHeaderLengths(t *testing.T) {
	const a = `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
	for _, n := range []int{0x280, 0x580, 0xa181, 0xd9de, 0x8b1f} {
		if f, err := readAll(raw(a+strings.Repeat(" ", n-len(a)), 8)); err != nil || f.Format != "safetensors" {
			t.Errorf("a header of %#x bytes: %v", n, err)
		}
	}
}

// TestTruncated: no shorter and no longer file is read, and none panics.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"golden_v1.safetensors", "golden_v1.safetensors.zst"} {
		whole, err := os.ReadFile("testdata/" + name)
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
	if err := Save(path, goldenFile(t), SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
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
		sameNumbers(t, "other", x, FromFloat64(name, x.Shape, want))
		if x.Complex != (name == "c") || !x.DType.IsFloat() {
			t.Errorf("%s: %v, complex %v", name, x.DType, x.Complex)
		}
	}
	if _, err := f.Tensor("f4"); err == nil || !strings.Contains(err.Error(), `"f4" cannot be read: it is a tensor of dtype "F4"`) {
		t.Error(err)
	}
	if x := float8(0x7f); x == x || len(f.Tensors()) != 4 {
		t.Errorf("%v, %q", x, f.Names())
	}
	var out bytes.Buffer
	x, _ := f.Tensor("f8")
	if err := EncodeNPY(&out, x); err != nil {
		t.Fatal(err)
	}
	if back, err := readAll(out.Bytes()); err != nil || back.tensors[0].DType != F32 {
		t.Errorf("as npy: %v", err)
	}
}
