package npy

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type expectation struct {
	Dtype  string
	Shape  []int
	Values []float64 // of a complex array, the absolute values
}

func expectations(t *testing.T) map[string]expectation {
	t.Helper()
	raw, err := os.ReadFile("testdata/expect_npz.json")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]expectation{}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

func check(t *testing.T, name string, h Header, body []byte, want expectation) {
	t.Helper()
	got := make([]float64, h.Count*h.Components())
	Float64s(got, h.Kind, h.Size, body)
	if h.Components() == 2 {
		for i := range h.Count {
			got[i] = math.Hypot(got[2*i], got[2*i+1])
			if i < len(want.Values) && math.Abs(got[i]-want.Values[i]) < 1e-7 { // computed in float32
				got[i] = want.Values[i]
			}
		}
		got = got[:h.Count]
	}
	if !slices.Equal(got, want.Values) || !slices.Equal(h.Shape, want.Shape) {
		t.Errorf("%s: shape %v values %v, want %v %v", name, h.Shape, got, want.Shape, want.Values)
	}
}

// TestNumpyArchives: every element type and layout, stored and deflated, to the last bit.
func TestNumpyArchives(t *testing.T) {
	want := expectations(t)
	for _, file := range []string{"stored.npz", "deflated.npz"} {
		raw, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := Archive(bytes.NewReader(raw), int64(len(raw)))
		if err != nil || len(entries) != len(want) {
			t.Fatalf("%s: %d entries, %v; want %d", file, len(entries), err, len(want))
		}
		for _, e := range entries {
			body, err := e.Body()
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			check(t, file+" "+e.Name, e.Header, body, want[e.Name])
			if e.Name != "big_endian" && e.Header.Type() != want[e.Name].Dtype {
				t.Errorf("%s: type %s, want %s", e.Name, e.Header.Type(), want[e.Name].Dtype)
			}
		}
	}
}

func TestNumpyVersions(t *testing.T) {
	for _, file := range []string{"v2.npy", "v3.npy"} {
		raw, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		r := bytes.NewReader(raw)
		h, err := ReadHeader(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := ReadBody(r, h)
		if err != nil {
			t.Fatal(err)
		}
		check(t, file, h, body, expectations(t)["f32"])
	}
}

// readAll reads an npy or npz whole, the way every caller does.
func readAll(raw []byte) error {
	if IsArchive(raw) {
		entries, err := Archive(bytes.NewReader(raw), int64(len(raw)))
		for i := 0; err == nil && i < len(entries); i++ {
			_, err = entries[i].Body()
		}
		return err
	}
	r := bytes.NewReader(raw)
	h, err := ReadHeader(r)
	if err == nil {
		_, err = ReadBody(r, h)
	}
	return err
}

func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d files, %v; want 5", len(files), err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := readAll(raw); err == nil {
			t.Errorf("%s was read", f)
		}
	}
}

// file wraps header text and a body as version 1.0.
func file(text string, body ...byte) []byte {
	return append(append([]byte(Magic+"\x01\x00"), byte(len(text)), byte(len(text)>>8)), append([]byte(text), body...)...)
}

func TestGrammar(t *testing.T) {
	for _, good := range []string{
		`{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }`,
		`{'shape':(2,),'descr':'|u1','fortran_order':True}`,
		"{\"descr\": \"<u1\", \"fortran_order\": False,\n \"shape\": (1, 2,)}   \n",
		`{'descr': '=i2', 'fortran_order': False, 'shape': ()}`,
	} {
		if err := readAll(file(good, 1, 2)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, why := range map[string]string{
		``:     "want {",
		`{}`:   "must all be there",
		`{} {`: "follows",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (2)}`:                                "needs a comma",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (,)}`:                                "want an integer",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (2 1)}`:                              "a tuple of one",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2 1)}`:                           "want a comma or )",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (-2,)}`:                              "want an integer",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (2.0,)}`:                             "needs a comma",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (02,)}`:                              "leading zeros",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000000000,)}`:             "18 digits",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (0, 999999999999, 999999999999)}`:    "overflows",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (` + strings.Repeat("1,", 33) + `)}`: "more than 32",
		`{'descr': '|u1', 'fortran_order': 0, 'shape': (2,)}`:                                   "True or False",
		`{'descr': '|u1', 'fortran_order': False, 'shape': [2]}`:                                "want a tuple",
		`{'descr': '|u1', 'descr': '|u1', 'shape': (2,)}`:                                       "appears twice",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'x': 1}`:                       `key "x"`,
		`{'descr': '|u1' 'fortran_order': False, 'shape': (2,)}`:                                "want a comma or }",
		`{'descr' '|u1', 'fortran_order': False, 'shape': (2,)}`:                                "want :",
		`{'descr': '|u1`:    "does not end",
		`{'descr': '|u\'1'`: "does not end",
		`{'descr': |u1`:     "want a string",
		`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}`: "records of several fields",
		`{'descr': '|u1', 'fortran_order': False, 'shape': (2,)} x`:        "follows the dict",
	} {
		err := readAll(file(bad, 1, 2))
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: error %v, want one with %q", bad, err, why)
		}
	}
	for _, d := range []string{"", "u1", "<f3", "<f16", "|f4", "|O", "|V8", "<U4", "<M8", "!f4", "<f2 f4", "< ", "<c4", "<b2", "<4"} {
		if _, _, _, err := parseDescr(d); err == nil {
			t.Errorf("descr %q was read", d)
		}
	}
}

func TestBodyLength(t *testing.T) {
	text := `{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}`
	for n, ok := range []bool{false, false, true, false} {
		if err := readAll(file(text, make([]byte, n)...)); (err == nil) != ok {
			t.Errorf("body of %d bytes for 2: %v", n, err)
		}
	}
	whole := file(text, 1, 2)
	for n := range whole {
		if readAll(whole[:n]) == nil {
			t.Errorf("read from the first %d of %d bytes", n, len(whole))
		}
	}
	for _, version := range [][2]byte{{0, 0}, {4, 0}, {1, 1}} {
		bad := slices.Clone(whole)
		bad[6], bad[7] = version[0], version[1]
		if readAll(bad) == nil {
			t.Errorf("version %d.%d was read", bad[6], bad[7])
		}
	}
	huge := append([]byte(Magic+"\x02\x00"), 0xff, 0xff, 0xff, 0xff)
	if readAll(huge) == nil {
		t.Error("a header of 4 GB was accepted")
	}
}

// TestHalf: all 65,536 halves go to float32 and back; rounding is to the nearest, ties to even, for midpoints and
// their neighbours.
func TestHalf(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		f := HalfToFloat32(h)
		if back := Float32ToHalf(f); back != h && !(f != f && back&0x7c00 == 0x7c00 && back&0x3ff != 0) {
			t.Fatalf("%#04x -> %v -> %#04x", h, f, back)
		}
		if h&0x7c00 == 0x7c00 || h == 0x7bff || h == 0xfbff {
			continue
		}
		mid := float32((float64(f) + float64(HalfToFloat32(h+1))) / 2)
		even := h + h&1
		away, toward := math.Nextafter32(mid, 2*mid), math.Nextafter32(mid, 0)
		if a, b, c := Float32ToHalf(mid), Float32ToHalf(away), Float32ToHalf(toward); a != even || b != h+1 || c != h {
			t.Fatalf("around the midpoint after %#04x: %#04x %#04x %#04x", h, c, a, b)
		}
	}
	for f, want := range map[float32]uint16{1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65519.996: 0x7bff, 65520: 0x7c00, 0x1p-25: 0, 0x1.8p-25: 1, 1e30: 0x7c00} {
		if got := Float32ToHalf(f); got != want {
			t.Errorf("Float32ToHalf(%v) = %#04x, want %#04x", f, got, want)
		}
	}
}

// TestNormalize: column-major and big-endian together, for complex numbers, whose two halves are swapped one by one.
func TestNormalize(t *testing.T) {
	text := `{'descr': '>c8', 'fortran_order': True, 'shape': (1, 2, 2)}`
	var body []byte
	for _, v := range []float32{1, -1, 3, -3, 2, -2, 4, -4} {
		body = binary.BigEndian.AppendUint32(body, math.Float32bits(v))
	}
	r := bytes.NewReader(file(text, body...))
	h, err := ReadHeader(r)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := ReadBody(r, h)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float64, 8)
	Float64s(got, h.Kind, h.Size, raw)
	if want := []float64{1, -1, 2, -2, 3, -3, 4, -4}; !slices.Equal(got, want) {
		t.Errorf("values %v, want %v", got, want)
	}
}

func TestWriteReads(t *testing.T) {
	for _, shape := range [][]int{{}, {3}, {2, 3}, {0, 5}, {1, 1, 1, 2}} {
		raw := AppendHeader(nil, 'f', 4, shape)
		if len(raw)%64 != 0 {
			t.Errorf("the body of shape %v begins at %d, not at a multiple of 64", shape, len(raw))
		}
		h, err := ReadHeader(bytes.NewReader(raw))
		if err != nil || !slices.Equal(h.Shape, shape) || h.Type() != "float32" || int(h.Offset) != len(raw) {
			t.Errorf("shape %v: %+v, %v", shape, h, err)
		}
	}
}
