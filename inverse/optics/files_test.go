package optics_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	_ "tweedie/internal/arrays/files"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/optics"
)

// writeNPY writes an array of float64 as numpy does.
func writeNPY(t *testing.T, path, shape string, data []float64) {
	t.Helper()
	head := fmt.Sprintf("\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': %s, }", shape)
	body := []byte(head + strings.Repeat(" ", 127-len(head)) + "\n")
	for _, v := range data {
		body = binary.LittleEndian.AppendUint64(body, math.Float64bits(v))
	}
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
}

// from builds the linear operator of a description whose files lie in dir.
func from(t *testing.T, dir string, in autodiff.Shape, json string) inverse.Linear {
	t.Helper()
	op, err := inverse.DecodeFrom(context.Background(), dir, []byte(json), in)
	if err != nil {
		t.Fatal(err)
	}
	return op.(inverse.Linear)
}

// TestPSFFile: a kernel from a file is that of its numbers written out, its description names the file, and without a
// folder the error does.
func TestPSFFile(t *testing.T) {
	dir, in := t.TempDir(), autodiff.S(1, 4, 5)
	writeNPY(t, filepath.Join(dir, "psf.npy"), "(2, 3)", []float64{0, 1, 2, 3, 0, 4})
	x := optest.Normals(20, 1)
	want := optest.Apply(optest.Build(t, in, `{"kind":"blur","psf":{"rows":2,"cols":3,"data":[0,1,2,3,0,4]}}`), x)
	op := from(t, dir, in, `{"kind":"blur","psf":"psf.npy"}`)
	testkit.Near(t, "kernel from a file", optest.Apply(op, x), want, 0)
	testkit.Near(t, "kernel written out", optest.Apply(optest.Build(t, in, `{"kind":"blur","psf":[[0,1,2],[3,0,4]]}`), x), want, 0)
	text, err := inverse.Encode(op.(inverse.Described).Config())
	if err != nil || !strings.Contains(string(text), `"psf":"`+filepath.Join(dir, "psf.npy")+`"`) {
		t.Errorf("the description is %s (%v)", text, err)
	}
	for text, want := range map[string]string{
		`{"kind":"blur","psf":"psf.npy"}`:           "blur: psf: names the file psf.npy, which has not been read",
		`{"kind":"blur","psf":[[[1]],[[1]]]}`:       "blur: psf: has shape [2,1,1]; it must be [rows,cols]",
		`{"kind":"blur","psf":[[1,null]]}`:          "blur: psf.data: entry 1 is NaN",
		`{"kind":"blur","psf":{"rows":1,"clos":1}}`: "blur: psf.clos is unknown; did you mean psf.cols?",
		`{"kind":"blur","psf":{"file":"no.npy"}}`:   "blur: psf: names the file no.npy",
	} {
		if _, err := inverse.Decode([]byte(text), in); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := inverse.DecodeFrom(context.Background(), dir, []byte(`{"kind":"blur","psf":"no.npy"}`), in); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestCentre: a kernel that is a single tap shifts by its distance from the centre, and of sum one is scaled.
func TestCentre(t *testing.T) {
	in, x := autodiff.S(1, 1, 5), []float64{1, 2, 3, 4, 5}
	for centre, want := range map[string][]float64{
		`"centre":[0,0]`:                       {10, 2, 4, 6, 8},
		`"centre":[0,1]`:                       {2, 4, 6, 8, 10},
		`"centre":"centroid"`:                  {2, 4, 6, 8, 10},
		`"centre":"centroid","normalise":true`: {1, 2, 3, 4, 5},
		`"centre":[0,3]`:                       {6, 8, 10, 2, 4},
	} {
		op := optest.Build(t, in, `{"kind":"blur","psf":[[0,2,0,0]],`+centre+`}`)
		testkit.Near(t, centre, optest.Apply(op, x), want, 1e-14)
	}
	// The centroid of the magnitudes 3 at (1,2) and 1 at (2,2) is (1.25,2).
	op := optest.Build(t, autodiff.S(1, 3, 3), `{"kind":"blur","psf":[[0,0,0],[0,0,-3],[0,0,1]],"centre":"centroid"}`)
	testkit.Near(t, "centroid of two rows", optest.Apply(op, []float64{1, 0, 0, 0, 0, 0, 0, 0, 0}), []float64{-3, 0, 0, 1, 0, 0, 0, 0, 0}, 1e-14)
}

// TestMaskFiles: a mask is read from a picture and from numbers, as one for all channels or one for each.
func TestMaskFiles(t *testing.T) {
	dir, in := t.TempDir(), autodiff.S(2, 2, 3)
	writeNPY(t, filepath.Join(dir, "one.npy"), "(2, 3)", []float64{0, 255, 200, 100, 0, 255})
	writeNPY(t, filepath.Join(dir, "each.npy"), "(2, 2, 3)", []float64{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	picture := image.NewGray(image.Rect(0, 0, 3, 2))
	picture.SetGray(1, 0, color.Gray{Y: 255})
	picture.SetGray(0, 1, color.Gray{Y: 254})
	picture.SetGray(2, 1, color.Gray{Y: 3})
	f, err := os.Create(filepath.Join(dir, "mask.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string][]int{"one.npy": {1, 2, 5, 7, 8, 11}, "each.npy": {0, 11}, "mask.png": {1, 3, 7, 9}} {
		op := from(t, dir, in, `{"kind":"inpaint","keep":"`+file+`"}`)
		if kept := op.(*optics.Inpaint).Kept(); !slices.Equal(kept, want) {
			t.Errorf("%s keeps %v, not %v", file, kept, want)
		}
	}
	if _, err := inverse.DecodeFrom(context.Background(), dir, []byte(`{"kind":"inpaint","keep":"one.npy"}`), autodiff.S(1, 3, 2)); err == nil || !strings.Contains(err.Error(), "one.npy has shape [2,3]") {
		t.Errorf("a mask of another shape: %v", err)
	}
}
