package report

import (
	"errors"
	"image/color"
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/inverse"
)

// Pictures and heat maps of values that are not finite are errors that name the pixel, and a picture made by hand of
// them is drawn without a panic.
func TestPicturesOfBadValues(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		values := []float64{0, 1, bad, 0}
		var at *diffusion.NonFiniteError
		if _, err := HeatMap("spread", 1, 2, 2, values); !errors.As(err, &at) || at.Pixel != 2 || !strings.Contains(err.Error(), "spread") {
			t.Errorf("heat map of %v: %v", bad, err)
		}
		if _, err := NewPicture("mean", 1, 2, 2, values, 0, 1); !errors.As(err, &at) || at.Pixel != 2 {
			t.Errorf("picture of %v: %v", bad, err)
		}
		if _, err := NewPicture("mean", 1, 1, 1, []float64{0}, 0, bad); !errors.As(err, &at) {
			t.Errorf("range up to %v: %v", bad, err)
		}
		for _, isHeat := range []bool{false, true} {
			Picture{C: 1, H: 2, W: 2, Values: values, Hi: 1, Heat: isHeat}.Image()
		}
	}
	p, err := NewPicture("wide", 1, 1, 2, []float64{math.MaxFloat64, -math.MaxFloat64}, -math.MaxFloat64, math.MaxFloat64)
	if err != nil {
		t.Fatal(err)
	}
	if img := p.Image(); img.At(0, 0) != (color.NRGBA{255, 255, 255, 255}) || img.At(1, 0) != (color.NRGBA{0, 0, 0, 255}) {
		t.Errorf("the ends of the widest range are %v and %v", img.At(0, 0), img.At(1, 0))
	}
}

// What a subject or a result lacks is said in words.
func TestNilArguments(t *testing.T) {
	lik, err := inverse.NewLikelihood(inverse.NewIdentity(autodiff.S(1, 2, 2)), inverse.Gaussian{Sigma: 1}, make([]float64, 4))
	if err != nil {
		t.Fatal(err)
	}
	full := Subject{C: 1, H: 2, W: 2, Hi: 1, Lik: lik}
	whole := &infer.Result{Mean: make([]float64, 4), Std: make([]float64, 4)}
	for _, c := range []struct {
		s    Subject
		r    *infer.Result
		want string
	}{
		{full, nil, "the result is nil"},
		{full, &infer.Result{}, "a mean of 0 values"},
		{full, &infer.Result{Mean: whole.Mean, Std: whole.Std, Samples: [][]float64{{1}}}, "sample 0 has 1 values"},
		{Subject{}, whole, "likelihood: it is nil"},
		{Subject{Lik: &inverse.Likelihood{}}, whole, "there is no operator"},
	} {
		_, err := c.s.Assess(c.r)
		_, other := c.s.MethodSection("", "", c.r)
		_, third := c.s.Compare([]*infer.Result{c.r}, 1)
		for _, err := range []error{err, other, third} {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		}
	}
	if _, err := (Subject{}).Pictures(); err == nil {
		t.Error("pictures of no likelihood")
	}
	if MethodFacts(nil) != nil {
		t.Error("facts of no result")
	}
}
