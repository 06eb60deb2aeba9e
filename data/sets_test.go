package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/internal/npy"
)

// digits is the embedded set of 1797 8x8 digits.
func digits(t testing.TB) Set {
	t.Helper()
	s, err := Open("testdata/optdigits.csv.gz", Options{Shape: [3]int{1, 8, 8}, Max: 16})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write puts a file into a fresh folder.
func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// picture reads image i.
func picture(t testing.TB, s Set, i int) ([]float32, int) {
	t.Helper()
	c, h, w := s.Shape()
	img := make([]float32, c*h*w)
	label, err := s.Read(i, img)
	if err != nil {
		t.Fatal(err)
	}
	return img, label
}

// refused fails unless opening fails with all the words.
func refused(t *testing.T, path string, o Options, words ...string) {
	t.Helper()
	s, err := Open(path, o)
	if err == nil {
		t.Errorf("%s was opened: %d images; want an error with %q", filepath.Base(path), s.Len(), words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %v, want one with %q", err, w)
		}
	}
}

func zip(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write(b)
	z.Close()
	return buf.Bytes()
}

func TestDigits(t *testing.T) {
	s := digits(t)
	sum, err := Summarize(s, 0)
	if err != nil {
		t.Fatal(err)
	}
	// counts per digit as published with the data set
	want := []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}
	if sum.Images != 1797 || sum.Channels != 1 || sum.Height != 8 || sum.Width != 8 || !slices.Equal(sum.Labels, want) {
		t.Errorf("summary %+v", sum)
	}
	if sum.Min != 0 || sum.Max != 1 || sum.Lo != 0 || sum.Hi != 1 || math.Abs(sum.Mean*16-4.884) > 1e-3 {
		t.Errorf("range %+v", sum)
	}
	img, label := picture(t, s, 0)
	if label != 0 || img[2] != 5./16 || img[3] != 13./16 {
		t.Errorf("image 0: label %d, %v", label, img)
	}
	physical, err := Open("testdata/optdigits.csv.gz", Options{Shape: [3]int{1, 8, 8}, Max: 16, Lo: -8, Hi: 8})
	if err != nil {
		t.Fatal(err)
	}
	if img, _ := picture(t, physical, 0); img[2] != -3 || img[0] != -8 {
		t.Errorf("in [-8, 8]: %v", img)
	}
	text := sum.String()
	for _, w := range []string{"1797 images of 8 x 8", "channels 1", "declared range [0, 1]", "labels 0..9, between 174 and 183"} {
		if !strings.Contains(text, w) {
			t.Errorf("summary lacks %q:\n%s", w, text)
		}
	}
}

func TestCSV(t *testing.T) {
	o := Options{Shape: [3]int{1, 1, 2}, Max: 10}
	s, err := Open(write(t, "x", []byte("0, 5\r\n\r\n10,2.5\n")), o)
	if err != nil {
		t.Fatal(err)
	}
	if img, label := picture(t, s, 1); s.Len() != 2 || label != -1 || img[0] != 1 || img[1] != .25 {
		t.Errorf("%d images, second %v %d", s.Len(), img, label)
	}
	for text, why := range map[string]string{
		"1,2\n3\n":                "line 2 has 1 values",
		"1,2\n3,4,5\n":            "line 2 has 3",
		"1,2,3,4\n":               "line 1 has 4",
		"1,2\n\n3,11\n":           "line 3, column 2",
		"1,-2\n":                  "line 1, column 2",
		"1,2,\n":                  "column 3",
		"1,2,-1\n":                "not a label",
		"1,2,1.5\n":               "not a label",
		"1,,2\n":                  "column 2",
		"a,b\n1,2\n":              "begins with",
		"1,2\n1,nan\n":            "begins with",
		"1e999,2\n":               "column 1",
		strings.Repeat("1", 5000): "too long",
		"\n\n":                    "begins with",
	} {
		refused(t, write(t, "x", []byte(text)), o, why)
	}
	late := strings.Repeat("1,2\n", 300) + "nan,2\n" // beyond what is looked at to know the format
	refused(t, write(t, "x", []byte(late)), o, "line 301, column 1")
	refused(t, "testdata/optdigits.csv.gz", Options{}, "Shape", "Max")
}

// TestGzip: bombs are stopped at the limit, damage is noticed.
func TestGzip(t *testing.T) {
	o := Options{Shape: [3]int{1, 1, 2}, Max: 10}
	rows := zip(bytes.Repeat([]byte("1,2\n"), 20<<20))
	refused(t, write(t, "x", rows), o, "expands to more than", "MaxBytes")
	small := zip(bytes.Repeat([]byte("1,2\n"), 1000))
	o.MaxBytes = 3999
	refused(t, write(t, "x", small), o, "more than 3999 bytes")
	o.MaxBytes = 4000
	if s, err := Open(write(t, "x", small), o); err != nil || s.Len() != 1000 {
		t.Errorf("exactly at the limit: %v", err)
	}
	broken := slices.Clone(small)
	broken[len(broken)-5] ^= 1
	refused(t, write(t, "x", broken), o, "gzip")
	refused(t, write(t, "x", small[:len(small)-9]), o, "EOF")
}

// idxFile writes a header for axes and n bytes 0, 1, 2, ...
func idxFile(n int, axes ...uint32) []byte {
	b := []byte{0, 0, 8, byte(len(axes))}
	for _, d := range axes {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	for i := range n {
		b = append(b, byte(i))
	}
	return b
}

func TestIDX(t *testing.T) {
	for name, pack := range map[string]func([]byte) []byte{"": func(b []byte) []byte { return b }, ".gz": zip} {
		path := write(t, "t-images-idx3-ubyte"+name, pack(idxFile(12, 2, 2, 3)))
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		img, label := picture(t, s, 1)
		if c, h, w := s.Shape(); s.Len() != 2 || c != 1 || h != 2 || w != 3 || label != -1 || img[5] != float32(11./255) {
			t.Errorf("%d images %d %d %d, %v %d", s.Len(), c, h, w, img, label)
		}
		beside := strings.Replace(path, "images-idx3", "labels-idx1", 1)
		if err := os.WriteFile(beside, pack(idxFile(2, 2)), 0o644); err != nil {
			t.Fatal(err)
		}
		if s, err = Open(path, Options{}); err != nil {
			t.Fatal(err)
		}
		if _, label := picture(t, s, 1); label != 1 {
			t.Errorf("label %d, want 1", label)
		}
		if err := os.WriteFile(beside, pack(idxFile(3, 3)), 0o644); err != nil {
			t.Fatal(err)
		}
		refused(t, path, Options{}, "3 labels for 2 images")
		refused(t, path, Options{Labels: path}, "want one")
	}
	huge := idxFile(100, 1<<31, 1<<31, 1<<31)
	refused(t, write(t, "x", huge), Options{}, "more than the")
	refused(t, write(t, "x", zip(idxFile(100, 60000, 28, 28))), Options{}, "the file has 100")
	refused(t, write(t, "x", zip(idxFile(100, 600000, 280, 280))), Options{}, "more than the")
	refused(t, write(t, "x", idxFile(11, 2, 2, 3)), Options{}, "the file has 11")
	refused(t, write(t, "x", idxFile(13, 2, 2, 3)), Options{}, "follow")
	refused(t, write(t, "x", idxFile(12, 12)), Options{}, "want three")
	refused(t, write(t, "x", idxFile(0, 0, 28, 28)), Options{}, "no pixels")
	refused(t, write(t, "x", idxFile(0, 2, 2, 3)[:11]), Options{}, "inside its header")
	float := idxFile(48, 2, 2, 3)
	float[2] = 0x0d
	refused(t, write(t, "x", float), Options{}, "0x0d")
}

// npyFile writes float32 values.
func npyFile(shape []int, values ...float32) []byte {
	b := npy.AppendHeader(nil, 'f', 4, shape)
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func TestNPY(t *testing.T) {
	v := []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -11}
	for _, c := range []struct {
		shape []int
		o     Options
		want  string // shape and second image
	}{
		{[]int{2, 2, 3}, Options{}, "1 2 3 [6 7 8 9 10 -11]"},
		{[]int{2, 3, 1, 2}, Options{}, "3 1 2 [6 7 8 9 10 -11]"},
		{[]int{2, 1, 2, 3}, Options{ChannelsLast: true}, "3 1 2 [6 9 7 10 8 -11]"},
		{[]int{2, 6}, Options{Shape: [3]int{3, 2, 1}}, "3 2 1 [6 7 8 9 10 -11]"},
		{[]int{2, 2, 3}, Options{Crop: [2]int{2, 1}}, "1 2 1 [7 10]"},
	} {
		s, err := Open(write(t, "x.npy", npyFile(c.shape, v...)), c.o)
		if err != nil {
			t.Error(err)
			continue
		}
		ch, h, w := s.Shape()
		img, _ := picture(t, s, 1)
		if got := fmt.Sprint(ch, h, w, img); got != strings.Replace(c.want, " [", " [", 1) {
			t.Errorf("%v: %s, want %s", c.shape, got, c.want)
		}
		if lo, hi := s.Range(); lo != -11 || hi != 10 {
			t.Errorf("observed range [%v, %v], want [-11, 10]", lo, hi)
		}
	}
	good := npyFile([]int{2, 2, 3}, v...)
	if s, err := Open(write(t, "x", good), Options{Lo: -11, Hi: 9}); err != nil {
		t.Error(err)
	} else if _, err := s.Read(1, make([]float32, 6)); err == nil || !strings.Contains(err.Error(), "image 1 holds 10") {
		t.Errorf("a value out of the stated range: %v", err)
	}
	nan := npyFile([]int{1, 1, 2}, 1, float32(math.NaN()))
	refused(t, write(t, "x", nan), Options{}, "image 0 holds NaN")
	refused(t, write(t, "x", good[:len(good)-1]), Options{}, "takes 48 bytes")
	refused(t, write(t, "x", npyFile([]int{12}, v...)), Options{}, "want [N,H,W]")
	refused(t, write(t, "x", npyFile([]int{2, 6}, v...)), Options{Shape: [3]int{1, 2, 2}}, "want 4")
	refused(t, write(t, "x", good), Options{Shape: [3]int{1, 3, 2}}, "Shape says")
	refused(t, write(t, "x", npyFile([]int{0, 2, 3})), Options{}, "no pixels")
	refused(t, write(t, "x", good), Options{MaxPixels: 5}, "MaxPixels")
	refused(t, write(t, "x", good), Options{Crop: [2]int{3, 3}}, "2 x 3")
	refused(t, "../internal/npy/testdata/bad/npy_object_array.npy", Options{}, "|O")
	u := append(npy.AppendHeader(nil, 'u', 1, []int{1, 1, 2}), 0, 51)
	if s, err := Open(write(t, "x", u), Options{Lo: -1, Hi: 4}); err != nil {
		t.Error(err)
	} else if img, _ := picture(t, s, 0); img[0] != -1 || img[1] != 0 {
		t.Errorf("bytes 0 and 51 in [-1, 4]: %v", img)
	}
}

// TestNPZ: numpy's own archive; fortran order, big-endian and complex arrays as images.
func TestNPZ(t *testing.T) {
	const file = "../internal/npy/testdata/stored.npz"
	refused(t, file, Options{}, "state which", `"f32"`)
	refused(t, file, Options{Array: "f32"}, "want [N,H,W]")
	refused(t, file, Options{Array: "f32", Labels: "f64", Shape: [3]int{1, 2, 2}}, "want integers")
	refused(t, file, Options{Array: "f32", Labels: "none", Shape: [3]int{1, 2, 2}}, "(Labels)")
	refused(t, file, Options{Array: "f32", MaxBytes: 3, Shape: [3]int{1, 2, 2}}, "MaxBytes")
	refused(t, "../internal/npy/testdata/bad/npz_traversal_name.npz", Options{}, "path")
	s, err := Open(file, Options{Array: "fortran", Shape: [3]int{1, 1, 5}})
	if err != nil {
		t.Fatal(err)
	}
	if img, _ := picture(t, s, 1); img[0] != 0.059144243597984314 {
		t.Errorf("column-major array: %v", img)
	}
	bad := Options{Array: "f32", Labels: "i64", Shape: [3]int{1, 2, 2}}
	refused(t, file, bad, "is -2")
}

// TestNPYLayouts: column-major and big-endian complex arrays, which are two planes.
func TestNPYLayouts(t *testing.T) {
	text := "{'descr': '>c8', 'fortran_order': True, 'shape': (1, 2, 2)}\n"
	b := append([]byte(npy.Magic), 1, 0, byte(len(text)), 0)
	b = append(b, text...)
	for _, v := range []float32{1, -1, 3, -3, 2, -2, 4, -4} {
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(v))
	}
	s, err := Open(write(t, "x", b), Options{})
	if err != nil {
		t.Fatal(err)
	}
	img, _ := picture(t, s, 0)
	if c, h, w := s.Shape(); fmt.Sprint(c, h, w, img) != "2 2 2 [1 2 3 4 -1 -2 -3 -4]" {
		t.Errorf("%d %d %d %v", c, h, w, img)
	}
}

func TestOptions(t *testing.T) {
	for field, o := range map[string]Options{
		"Shape[1]":  {Shape: [3]int{1, 0, 8}},
		"Shape[2]":  {Shape: [3]int{1, 8, -8}},
		"MaxPixels": {Shape: [3]int{1 << 10, 1 << 10, 1 << 10}},
		"Max = NaN": {Max: math.NaN()},
		"Lo = 2":    {Lo: 2, Hi: 1},
		"Crop":      {Crop: [2]int{3, 0}},
		"MaxBytes":  {MaxBytes: -1},
		"Lo = NaN":  {Lo: math.NaN()},
	} {
		refused(t, "testdata/optdigits.csv.gz", o, field)
	}
	refused(t, "testdata/none", Options{}, "no such file")
	refused(t, "testdata/ATTRIBUTION.md", Options{}, "can be read")
	refused(t, write(t, "empty", nil), Options{}, "can be read")
}

func TestReadPanics(t *testing.T) {
	s := digits(t)
	for _, f := range []func(){
		func() { _, _ = s.Read(1797, make([]float32, 64)) },
		func() { _, _ = s.Read(-1, make([]float32, 64)) },
		func() { _, _ = s.Read(0, make([]float32, 65)) },
		func() { Subset(s, []int{1797}) },
		func() { Split(s, 2, 0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		}()
	}
}
