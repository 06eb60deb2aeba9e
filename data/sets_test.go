package data

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// digits is the embedded set of 1797 8x8 digits.
func digits(t testing.TB) Set {
	t.Helper()
	s, err := Open(t.Context(), "testdata/optdigits.csv.gz", Options{Shape: [3]int{1, 8, 8}, Max: 16})
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
	s, err := Open(t.Context(), path, o)
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

func gzipped(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write(b)
	z.Close()
	return buf.Bytes()
}

func TestDigits(t *testing.T) {
	s := digits(t)
	sum, err := Summarize(t.Context(), s, 0)
	if err != nil {
		t.Fatal(err)
	}
	// counts per digit as published with the data set
	want := []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}
	if sum.Images != 1797 || sum.Channels != 1 || sum.Height != 8 || sum.Width != 8 || !slices.Equal(sum.Labels, want) {
		t.Errorf("summary %+v", sum)
	}
	if sum.Min != 0 || sum.Max != 1 || sum.Lo != 0 || sum.Hi != 1 || !(math.Abs(sum.Mean*16-4.884) < 1e-3) {
		t.Errorf("range %+v", sum)
	}
	img, label := picture(t, s, 0)
	if label != 0 || img[2] != 5./16 || img[3] != 13./16 {
		t.Errorf("image 0: label %d, %v", label, img)
	}
	physical, err := Open(t.Context(), "testdata/optdigits.csv.gz", Options{Shape: [3]int{1, 8, 8}, Max: 16, Lo: -8, Hi: 8})
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

func TestOptions(t *testing.T) {
	for field, o := range map[string]Options{
		"has 0 in place 2":          {Shape: [3]int{1, 0, 8}},
		"has -8 in place 3":         {Shape: [3]int{1, 8, -8}},
		"the limit of pixels":       {Shape: [3]int{1 << 10, 1 << 10, 1 << 10}},
		"full scale (--max) is NaN": {Max: math.NaN()},
		"goes from 2 to 1":          {Lo: 2, Hi: 1},
		"a crop of [3 0]":           {Crop: [2]int{3, 0}},
		"-1 bytes of an expanded":   {MaxBytes: -1},
		"resizing (--resize)":       {Resize: [2]int{math.MaxInt, 4}},
		"to [4 0]":                  {Resize: [2]int{4, 0}},
		"goes from NaN to 0":        {Lo: math.NaN()},
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
