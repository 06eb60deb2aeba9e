package demo

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/prior"
	"tweedie/zoo"
)

// none reads no file that fits a prior.
func none(context.Context, string, int) ([]float64, int, error) {
	return nil, 0, errors.New("it does not fit")
}

// A picture of another size is cut around its centre to the prior's proportions and resized; bicubic interpolation
// keeps constants and ramps.
func TestFitImage(t *testing.T) {
	prior, err := zoo.Open("digits8", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "wide.png")
	img := image.NewGray(image.Rect(0, 0, 40, 16)) // black but for its middle square
	for i := range 16 * 16 {
		img.SetGray(12+i%16, i/16, color.Gray{Y: 51})
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	x, note, err := fitImage(t.Context(), path, prior, Host{Read: none})
	if err != nil || !strings.Contains(note, "the middle 16x16 of 40x16 pixels, resized to 8x8") {
		t.Fatalf("%q, %v", note, err)
	}
	for i, v := range x {
		if math.Abs(v-.2) > 1e-3 {
			t.Errorf("pixel %d is %v, not .2", i, v)
		}
	}
	ramp := make([]float64, 7*7)
	for i := range ramp {
		ramp[i] = float64(i%7)*.1 + .2 // the left edge of the first block is at .15
	}
	big := resample(ramp, autodiff.S(1, 7, 7), autodiff.S(1, 28, 28), [2]float64{0, 1})
	for col := 8; col < 20; col++ {
		if want := .15 + .1*(float64(col)+.5)/4; math.Abs(big[14*28+col]-want) > 1e-3 {
			t.Errorf("column %d of the ramp is %v, not %v", col, big[14*28+col], want)
		}
	}
}

// What the plain restorations do where the answer is known: harmonic interpolation continues a plane, and the Wiener
// filter returns the mean for endless noise and the data for none.
func TestPlainRestorations(t *testing.T) {
	prior, err := zoo.Open("digits8", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := tasksFor(prior)
	if err != nil {
		t.Fatal(err)
	}
	plane := make([]float64, 64)
	for i := range plane {
		plane[i] = .1 + .05*float64(i%8) + .03*float64(i/8)
	}
	restored := func(task string, sigma float64) []float64 {
		op, err := tasks[task].op.Build(prior.Shape())
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float64, op.OutShape().Size())
		op.Apply(y, plane)
		lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: sigma}, y)
		if err != nil {
			t.Fatal(err)
		}
		x, err := tasks[task].restore(prior, lik)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for i, v := range restored("inpaint", .1) {
		if math.Abs(v-plane[i]) > 1e-4 {
			t.Errorf("harmonic interpolation gives pixel %d of a plane %v, not %v", i, v, plane[i])
		}
	}
	for i, v := range restored("deblur", 1e-6) {
		if math.Abs(v-plane[i]) > 1e-3 {
			t.Errorf("without noise the Wiener filter gives pixel %d %v, not %v", i, v, plane[i])
		}
	}
	for i, v := range restored("deblur", 1e6) {
		if math.Abs(v-prior.Spec.Mean) > 1e-3 {
			t.Errorf("of noise alone the Wiener filter gives pixel %d %v, not the mean %v", i, v, prior.Spec.Mean)
		}
	}
}
