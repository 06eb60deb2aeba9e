package optics_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/optics"
)

// TestBlockAverageValues: a constant stays, and A+ copies a value to its block.
func TestBlockAverageValues(t *testing.T) {
	op := optest.Build(t, autodiff.S(2, 4, 8), `{"kind":"block-average","rows":4,"cols":4}`)
	testkit.Near(t, "mean of a constant", optest.Apply(op, optest.Constant(64, .3)), optest.Constant(4, .3), 1e-15)
	x := optest.PseudoInverse(op, []float64{1, 2, 3, 4})
	for i, v := range x {
		if want := float64(1 + i%8/4 + 2*(i/32)); v != want {
			t.Fatalf("pixel %d of A+ y is %v, not %v", i, v, want)
		}
	}
	y := optest.Apply(optest.Build(t, autodiff.S(1, 2, 3), `{"kind":"block-average","rows":2,"cols":3}`), []float64{1, 2, 3, 4, 5, 9})
	testkit.Near(t, "mean of 1 2 3 4 5 9", y, []float64{4}, 1e-15)
}

func TestInpaintValues(t *testing.T) {
	in := autodiff.S(2, 2, 3)
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	box := `"box":{"top":0,"left":1,"height":1,"width":2}`
	y := optest.Apply(optest.Build(t, in, `{"kind":"inpaint",`+box+`}`), x)
	testkit.Near(t, "kept pixels", y, []float64{1, 4, 5, 6, 7, 10, 11, 12}, 0)
	op := optest.Build(t, in, `{"kind":"inpaint","multiply":true,`+box+`}`)
	y = optest.Apply(op, x)
	testkit.Near(t, "masked image", y, []float64{1, 0, 0, 4, 5, 6, 7, 0, 0, 10, 11, 12}, 0)
	testkit.Near(t, "A+ of a mask is the mask", optest.PseudoInverse(op, x), y, 0)

	big := autodiff.S(3, 10, 7)
	kept := func(json string) []int { return optest.Build(t, big, json).(*optics.Inpaint).Kept() }
	shared := kept(`{"kind":"inpaint","random":{"keep":0.3,"seed":5}}`)
	if len(shared) != 3*21 {
		t.Errorf("30%% of 70 pixels in 3 channels keeps %d entries, not 63", len(shared))
	}
	for i, k := range shared[:21] {
		if shared[21+i] != k+70 || shared[42+i] != k+140 {
			t.Errorf("kept pixel %d differs between channels", k)
		}
	}
	if slices.Equal(shared, kept(`{"kind":"inpaint","random":{"keep":0.3,"seed":6}}`)) {
		t.Error("two seeds give one mask")
	}
	if n := len(kept(`{"kind":"inpaint","random":{"keep":0.3,"seed":5,"per_channel":true}}`)); n != 63 {
		t.Errorf("30%% of 210 entries keeps %d", n)
	}
}

// TestBlurIsConvolution compares every boundary with the sum that defines it, on odd sizes, off centre, and with a kernel
// larger than the image.
func TestBlurIsConvolution(t *testing.T) {
	for _, size := range [][6]int{{5, 7, 3, 2, 1, 1}, {3, 4, 4, 9, 2, 4}, {1, 6, 1, 3, 0, 1}, {2, 2, 5, 5, 2, 2}, {6, 5, 3, 4, 0, 3}, {4, 5, 2, 6, 1, 0}} {
		h, w, kh, kw, row, col := size[0], size[1], size[2], size[3], size[4], size[5]
		psf := optics.PSF{Rows: kh, Cols: kw, Data: optest.Normals(kh*kw, 3)}
		x := optest.Normals(2*h*w, 4)
		for _, boundary := range []string{"circular", "zero", "reflect", "valid"} {
			if boundary == "valid" && (kh > h || kw > w) {
				continue
			}
			op, err := optics.BlurConfig{Boundary: boundary, PSF: &psf, Centre: &optics.Centre{Row: row, Col: col}}.Build(autodiff.S(2, h, w))
			if err != nil {
				t.Fatal(err)
			}
			var want []float64
			for p := range 2 * h * w {
				c, i, j := p/(h*w), p/w%h, p%w
				sum, whole := 0., true
				for q, v := range psf.Data {
					a, inRows := outside(boundary, i-(q/kw-row), h)
					b, inCols := outside(boundary, j-(q%kw-col), w)
					if inRows && inCols {
						sum += v * x[c*h*w+a*w+b]
					} else {
						whole = false
					}
				}
				if whole || boundary != "valid" {
					want = append(want, sum)
				}
			}
			testkit.Near(t, boundary, optest.Apply(op, x), want, 1e-12)
		}
	}
}

// outside walks from place i of a line of n pixels into the line; ok is false when nothing is there.
func outside(boundary string, i, n int) (at int, ok bool) {
	for i < 0 || i >= n {
		switch {
		case boundary == "circular" && i < 0:
			i += n
		case boundary == "circular":
			i -= n
		case boundary == "replicate":
			i = min(max(i, 0), n-1)
		case boundary != "reflect":
			return 0, false
		case n == 1:
			i = 0
		case i < 0:
			i = -i
		default:
			i = 2*(n-1) - i
		}
	}
	return i, true
}

// TestBlurOfConstant: a normalised kernel keeps a constant, at a zero boundary in the interior only; there is no lost tap.
func TestBlurOfConstant(t *testing.T) {
	in := autodiff.S(1, 11, 13)
	for _, k := range []string{`"gaussian":{"size":5,"std":10}`, `"uniform":{"rows":5,"cols":5}`, `"line":{"length":3,"angle":30}`, `"motion":{"size":5,"intensity":0.7,"seed":2}`} {
		y := optest.Apply(optest.Build(t, in, `{"kind":"blur",`+k+`}`), optest.Constant(143, 2))
		testkit.Near(t, k, y, optest.Constant(143, 2), 1e-12)
		y = optest.Apply(optest.Build(t, in, `{"kind":"blur","boundary":"zero",`+k+`}`), optest.Constant(143, 2))
		if math.Abs(y[5*13+6]-2) > 1e-12 || y[0] > 1.9 {
			t.Errorf("%s: zero boundary gives %v inside and %v at the corner", k, y[5*13+6], y[0])
		}
	}
}

func TestKernels(t *testing.T) {
	g := optics.GaussianPSF(5, .8)
	if r := g.Data[2*5+3] / g.Data[2*5+2]; math.Abs(r-math.Exp(-1/(2*.64))) > 1e-15 {
		t.Errorf("neighbour of a Gaussian kernel's centre is %v of it", r)
	}
	moments := func(p optics.PSF) (r, c, rr, rc, cc float64) {
		for i, v := range p.Data {
			a, b := float64(i/p.Cols-p.Rows/2), float64(i%p.Cols-p.Cols/2)
			r, c, rr, rc, cc = r+v*a, c+v*b, rr+v*a*a, rc+v*a*b, cc+v*b*b
		}
		return
	}
	// A line's variance is L^2/12 along it; bilinear weights add up to 1/4 a direction.
	for _, l := range []struct{ length, angle float64 }{{6, 0}, {6, 90}, {8, 30}, {5, 135}} {
		r, c, rr, rc, cc := moments(optics.LinePSF(l.length, l.angle))
		sin, cos := math.Sincos(l.angle * math.Pi / 180)
		along := cos*cos*cc - 2*sin*cos*rc + sin*sin*rr // rows point down
		across := sin*sin*cc + 2*sin*cos*rc + cos*cos*rr
		if math.Abs(r)+math.Abs(c) > 1e-9 || math.Abs(along-l.length*l.length/12) > .26 || across > .26 {
			t.Errorf("line of %v at %v degrees: centre (%.3g,%.3g), variance %.3f along and %.3f across", l.length, l.angle, r, c, along, across)
		}
	}
	if _, _, rr, _, _ := moments(optics.LinePSF(6, 0)); rr > 1e-12 {
		t.Errorf("a horizontal line has variance %v across", rr)
	}
	for seed := range uint64(20) {
		straight, wild := optics.MotionPSF(31, 0, seed), optics.MotionPSF(31, .9, seed)
		for _, p := range []optics.PSF{straight, wild} {
			if s := floats.Sum(p.Data); math.Abs(s-1) > 1e-12 || floats.Min(p.Data) < 0 {
				t.Errorf("motion kernel %d sums to %v with least entry %v", seed, s, floats.Min(p.Data))
			}
		}
		_, _, rr, rc, cc := moments(straight)
		if small := (rr+cc)/2 - math.Sqrt((rr-cc)*(rr-cc)/4+rc*rc); small > .3 {
			t.Errorf("a motion of intensity 0 has variance %v across its line", small)
		}
		if slices.Equal(wild.Data, optics.MotionPSF(31, .9, seed+100).Data) || !slices.Equal(wild.Data, optics.MotionPSF(31, .9, seed).Data) {
			t.Errorf("motion kernel %d is not that of its seed", seed)
		}
	}
}
