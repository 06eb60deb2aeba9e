package mri_test

import (
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/mri"
)

// TestDFTValues compares with the sum that defines the transform, on odd sizes.
func TestDFTValues(t *testing.T) {
	for _, size := range [][2]int{{5, 7}, {4, 6}, {1, 3}, {11, 2}} {
		h, w := size[0], size[1]
		x := optest.Normals(2*h*w, 7)
		op, err := mri.DFTConfig{Low: &mri.LowConfig{Rows: h, Cols: w}}.Build(autodiff.S(2, h, w))
		if err != nil {
			t.Fatal(err)
		}
		y := optest.Apply(op, x)
		energy := 0.
		for c := range 2 {
			for k := range h * w {
				want := complex128(0)
				for p := range h * w {
					angle := -2 * math.Pi * (float64(k/w*(p/w))/float64(h) + float64(k%w*(p%w))/float64(w))
					want += complex(x[c*h*w+p], 0) * cmplx.Exp(complex(0, angle))
				}
				want /= complex(math.Sqrt(float64(h*w)), 0)
				got := complex(y[c*h*w+k], y[2*h*w+c*h*w+k])
				if cmplx.Abs(got-want) > 1e-12 {
					t.Fatalf("%dx%d: frequency %d of channel %d is %v, not %v", h, w, k, c, got, want)
				}
				energy += real(got)*real(got) + imag(got)*imag(got)
			}
		}
		if e := floats.Dot(x, x); math.Abs(energy-e) > 1e-12*e {
			t.Errorf("%dx%d: Parseval: %v and %v", h, w, energy, e)
		}
		testkit.Near(t, "round trip", optest.PseudoInverse(op, y), x, 1e-12)
	}
	// The score-prior likelihood's low-pass transform: sizes, and a constant image.
	for _, c := range []struct {
		in autodiff.Shape
		m  int
	}{{autodiff.S(1, 16, 16), 128}, {autodiff.S(1, 32, 32), 128}, {autodiff.S(3, 32, 32), 384}} {
		op := optest.Build(t, c.in, `{"kind":"dft","unnormalised":true,"low":{"rows":8,"cols":8}}`)
		if m := op.OutShape().Size(); m != c.m {
			t.Errorf("%v gives %d numbers, not %d", c.in, m, c.m)
		}
		y := optest.Apply(op, optest.Constant(c.in.Size(), .5))
		for ch := range c.in.Dim(0) {
			y[ch*64] -= .5 * float64(c.in.Dim(1)*c.in.Dim(2))
		}
		testkit.Near(t, "constant image beyond its zero frequency", y, optest.Constant(c.m, 0), 1e-10)
	}
}

// TestDFTMask: the centre is kept, the count is right, and lines are whole rows.
func TestDFTMask(t *testing.T) {
	in := autodiff.S(1, 9, 8)
	kept := optest.Build(t, in, `{"kind":"dft","random":{"keep":0.4,"centre":1,"seed":1}}`).(*mri.DFT).Kept()
	if len(kept) != 29 || !slices.IsSorted(kept) {
		t.Errorf("0.4 of 72 frequencies keeps %d", len(kept))
	}
	for _, k := range []int{0, 1, 7, 8, 9, 15, 64, 65, 71} {
		if !slices.Contains(kept, k) {
			t.Errorf("frequency %d of the centre is not kept", k)
		}
	}
	lines := optest.Build(t, in, `{"kind":"dft","random":{"keep":0.5,"centre":1,"lines":true,"seed":1}}`).(*mri.DFT).Kept()
	if len(lines) != 5*8 && len(lines) != 4*8 {
		t.Errorf("half of 9 lines keeps %d frequencies", len(lines))
	}
	for i, k := range lines {
		if k%8 != i%8 {
			t.Errorf("frequency %d breaks a line", k)
		}
	}
}
