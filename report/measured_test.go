package report_test

import (
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
	"tweedie/report"
)

// Counts have black and white of their own, a sinogram without a channel is drawn, missing entries leave the picture its shape, and
// several images stand one below the other; what is no image is not drawn.
func TestMeasurementIsDrawn(t *testing.T) {
	for _, c := range []struct {
		op      string
		keep    []int
		scale   float64
		h, w    int
		hi      float64
		comment string
	}{
		{`{"kind":"identity"}`, nil, 20, 4, 4, 20, "0 to 20"},
		{`{"kind":"identity"}`, nil, 1, 4, 4, 1, ""},
		{`{"kind":"identity"}`, []int{0, 3, 15}, 1, 4, 4, 1, "13 of 16 entries are missing, and pixels without any are blue"},
		{`{"kind":"coded-diffraction","random":{"count":3,"law":"sign","seed":1}}`, nil, 1, 12, 4, 1, ""},
		{`{"kind":"dft","low":{"rows":3,"cols":4}}`, nil, 1, 0, 0, 0, ""},
		{`{"kind":"dense","matrix":[[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]]}`, nil, 1, 0, 0, 0, ""},
	} {
		op, err := inverse.Decode([]byte(c.op), autodiff.S(1, 4, 4))
		if err == nil && c.keep != nil {
			op, err = inverse.Restrict(op, c.keep)
		}
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float64, op.OutShape().Size())
		y[len(y)-1] = c.scale
		lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: 1}, y)
		if err != nil {
			t.Fatal(err)
		}
		pics, err := report.Subject{C: 1, H: 4, W: 4, Lo: 0, Hi: 1, Lik: lik}.Pictures()
		if err != nil {
			t.Fatal(err)
		}
		var found report.Picture
		for _, p := range pics {
			if p.Title == "measurement" {
				found = p
			}
		}
		if found.H != c.h || found.W != c.w || found.Hi != c.hi || found.Note != c.comment {
			t.Errorf("%s, %v: a picture of %d x %d up to %v, %q; want %d x %d up to %v, %q", c.op, c.keep, found.H, found.W, found.Hi, found.Note, c.h, c.w, c.hi, c.comment)
		}
		if c.keep != nil && (found.Values[15] != 1 || found.Values[1] != 0) {
			t.Errorf("the entries that are there are not in their places: %v", found.Values)
		}
		if found.H == 0 {
			continue
		}
		for i := range c.h * c.w {
			r, g, b, _ := found.Image().At(i%c.w, i/c.w).RGBA()
			if grey := r == g && g == b; grey != (c.keep == nil || slices.Contains(c.keep, i)) {
				t.Errorf("%s, %v: pixel %d is %d %d %d", c.op, c.keep, i, r>>8, g>>8, b>>8)
			}
		}
	}
}
