package data

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestCSV(t *testing.T) {
	o := Options{Shape: [3]int{1, 1, 2}, Max: 10}
	s, err := Open(t.Context(), write(t, "x", []byte("0, 5\r\n\r\n10,2.5\n")), o)
	if err != nil {
		t.Fatal(err)
	}
	if img, label := picture(t, s, 1); s.Len() != 2 || label != -1 || img[0] != 1 || img[1] != .25 {
		t.Errorf("%d images, second %v %d", s.Len(), img, label)
	}
	for text, why := range map[string]string{
		"1,2\n3\n":                "line 2 has 1 values",
		"1,2\n3,4,5\n":            "line 2 has 3",
		"1,2,3,4\n":               "line 1: 4 values, want 2",
		"1,2\n\n3,11\n":           "line 3, column 2",
		"1,-2\n":                  "line 1, column 2",
		"1,2,\n":                  "column 3",
		"1,2,-1\n":                "not a label",
		"1,2,1.5\n":               "not a label",
		"1,,2\n":                  "column 2",
		"a,b\n":                   "begins with",
		"1,2\n1,nan\n":            `line 2, column 2: "nan" is not a number in 0..10`,
		"a,b\n1,2\n3,-inf\n":      `line 3, column 2 ("b"): "-inf"`,
		"1e999,2\n":               "column 1",
		strings.Repeat("1", 5000): "too long",
		"\n\n":                    "begins with",
	} {
		refused(t, write(t, "x", []byte(text)), o, why)
	}
	late := strings.Repeat("1,2\n", 300) + "nan,2\n" // beyond what is looked at to know the format
	refused(t, write(t, "x", []byte(late)), o, "line 301, column 1")
	refused(t, "testdata/optdigits.csv.gz", Options{}, "(--shape)", "(--max)")
}

// TestGzip: bombs are stopped at the limit, damage is noticed.
func TestGzip(t *testing.T) {
	o := Options{Shape: [3]int{1, 1, 2}, Max: 10}
	rows := gzipped(bytes.Repeat([]byte("1,2\n"), 20<<20))
	refused(t, write(t, "x", rows), o, "expands to more than", "unpack it")
	small := gzipped(bytes.Repeat([]byte("1,2\n"), 1000))
	o.MaxBytes = 3999
	refused(t, write(t, "x", small), o, "more than 3999 bytes")
	o.MaxBytes = 4000
	if s, err := Open(t.Context(), write(t, "x", small), o); err != nil || s.Len() != 1000 {
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
	for name, pack := range map[string]func([]byte) []byte{"": func(b []byte) []byte { return b }, ".gz": gzipped} {
		path := write(t, "t-images-idx3-ubyte"+name, pack(idxFile(12, 2, 2, 3)))
		s, err := Open(t.Context(), path, Options{})
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
		if s, err = Open(t.Context(), path, Options{}); err != nil {
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
	refused(t, write(t, "x", gzipped(idxFile(100, 60000, 28, 28))), Options{}, "the file has 100")
	refused(t, write(t, "x", gzipped(idxFile(100, 600000, 280, 280))), Options{}, "more than the")
	refused(t, write(t, "x", idxFile(11, 2, 2, 3)), Options{}, "the file has 11")
	refused(t, write(t, "x", idxFile(13, 2, 2, 3)), Options{}, "follow")
	refused(t, write(t, "x", idxFile(12, 12)), Options{}, "want three")
	refused(t, write(t, "x", idxFile(0, 0, 28, 28)), Options{}, "no pixels")
	refused(t, write(t, "x", idxFile(0, 2, 2, 3)[:11]), Options{}, "inside its header")
	float := idxFile(48, 2, 2, 3)
	float[2] = 0x0d
	refused(t, write(t, "x", float), Options{}, "0x0d")
}
