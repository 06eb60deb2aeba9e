package inverse_test

import (
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/rng"
)

func normals(n int, seed uint64) []float64 {
	x := make([]float64, n)
	rng.New(seed).Stream().FillNorm(x)
	return x
}

func apply(op inverse.Operator, x []float64) []float64 {
	y := make([]float64, op.OutShape().Size())
	op.Apply(y, x)
	return y
}

func pinv(op inverse.Operator, y []float64) []float64 {
	x := make([]float64, op.InShape().Size())
	op.(inverse.PseudoInverter).PseudoInverse(x, y)
	return x
}

// near fails unless a and b agree to tol in every entry.
func near(t *testing.T, what string, a, b []float64, tol float64) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%s: %d entries, where %d belong", what, len(a), len(b))
	}
	if d := floats.Distance(a, b, math.Inf(1)); !(d <= tol) {
		t.Errorf("%s: off by %.3g, above %.3g", what, d, tol)
	}
}

func constant(n int, v float64) []float64 {
	x := make([]float64, n)
	floats.AddConst(v, x)
	return x
}

// TestBlockAverageValues: a constant stays, and A+ copies a value to its block.
func TestBlockAverageValues(t *testing.T) {
	op := build(t, autodiff.S(2, 4, 8), `{"kind":"block-average","rows":4,"cols":4}`)
	near(t, "mean of a constant", apply(op, constant(64, .3)), constant(4, .3), 1e-15)
	x := pinv(op, []float64{1, 2, 3, 4})
	for i, v := range x {
		if want := float64(1 + i%8/4 + 2*(i/32)); v != want {
			t.Fatalf("pixel %d of A+ y is %v, not %v", i, v, want)
		}
	}
	y := apply(build(t, autodiff.S(1, 2, 3), `{"kind":"block-average","rows":2,"cols":3}`), []float64{1, 2, 3, 4, 5, 9})
	near(t, "mean of 1 2 3 4 5 9", y, []float64{4}, 1e-15)
}

func TestInpaintValues(t *testing.T) {
	in := autodiff.S(2, 2, 3)
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	box := `"box":{"top":0,"left":1,"height":1,"width":2}`
	y := apply(build(t, in, `{"kind":"inpaint",`+box+`}`), x)
	near(t, "kept pixels", y, []float64{1, 4, 5, 6, 7, 10, 11, 12}, 0)
	op := build(t, in, `{"kind":"inpaint","multiply":true,`+box+`}`)
	y = apply(op, x)
	near(t, "masked image", y, []float64{1, 0, 0, 4, 5, 6, 7, 0, 0, 10, 11, 12}, 0)
	near(t, "A+ of a mask is the mask", pinv(op, x), y, 0)

	big := autodiff.S(3, 10, 7)
	kept := func(json string) []int { return build(t, big, json).(*inverse.Inpaint).Kept() }
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

// TestBlurIsConvolution compares both boundaries with the sum that defines them, on odd sizes, and with a kernel larger
// than the image.
func TestBlurIsConvolution(t *testing.T) {
	for _, size := range [][4]int{{5, 7, 3, 2}, {3, 4, 4, 9}, {1, 6, 1, 3}, {2, 2, 5, 5}} {
		h, w, kh, kw := size[0], size[1], size[2], size[3]
		psf := inverse.PSF{Rows: kh, Cols: kw, Data: normals(kh*kw, 3)}
		x := normals(2*h*w, 4)
		for _, boundary := range []string{"circular", "zero"} {
			op, err := inverse.BlurConfig{Boundary: boundary, PSF: &psf}.Build(autodiff.S(2, h, w))
			if err != nil {
				t.Fatal(err)
			}
			want := make([]float64, 2*h*w)
			for p := range want {
				c, i, j := p/(h*w), p/w%h, p%w
				for q, v := range psf.Data {
					a, b := i-(q/kw-kh/2), j-(q%kw-kw/2)
					if boundary == "zero" && (a < 0 || a >= h || b < 0 || b >= w) {
						continue
					}
					a, b = ((a%h)+h)%h, ((b%w)+w)%w
					want[p] += v * x[c*h*w+a*w+b]
				}
			}
			near(t, boundary, apply(op, x), want, 1e-12)
		}
	}
}

// TestBlurOfConstant: a normalised kernel keeps a constant, at a zero boundary in the interior only; there is no lost tap.
func TestBlurOfConstant(t *testing.T) {
	in := autodiff.S(1, 11, 13)
	for _, k := range []string{`"gaussian":{"size":5,"std":10}`, `"uniform":{"rows":5,"cols":5}`, `"line":{"length":3,"angle":30}`, `"motion":{"size":5,"intensity":0.7,"seed":2}`} {
		y := apply(build(t, in, `{"kind":"blur",`+k+`}`), constant(143, 2))
		near(t, k, y, constant(143, 2), 1e-12)
		y = apply(build(t, in, `{"kind":"blur","boundary":"zero",`+k+`}`), constant(143, 2))
		if math.Abs(y[5*13+6]-2) > 1e-12 || y[0] > 1.9 {
			t.Errorf("%s: zero boundary gives %v inside and %v at the corner", k, y[5*13+6], y[0])
		}
	}
}

func TestKernels(t *testing.T) {
	g := inverse.GaussianPSF(5, .8)
	if r := g.Data[2*5+3] / g.Data[2*5+2]; math.Abs(r-math.Exp(-1/(2*.64))) > 1e-15 {
		t.Errorf("neighbour of a Gaussian kernel's centre is %v of it", r)
	}
	moments := func(p inverse.PSF) (r, c, rr, rc, cc float64) {
		for i, v := range p.Data {
			a, b := float64(i/p.Cols-p.Rows/2), float64(i%p.Cols-p.Cols/2)
			r, c, rr, rc, cc = r+v*a, c+v*b, rr+v*a*a, rc+v*a*b, cc+v*b*b
		}
		return
	}
	// A line's variance is L^2/12 along it; bilinear weights add up to 1/4 a direction.
	for _, l := range []struct{ length, angle float64 }{{6, 0}, {6, 90}, {8, 30}, {5, 135}} {
		r, c, rr, rc, cc := moments(inverse.LinePSF(l.length, l.angle))
		sin, cos := math.Sincos(l.angle * math.Pi / 180)
		along := cos*cos*cc - 2*sin*cos*rc + sin*sin*rr // rows point down
		across := sin*sin*cc + 2*sin*cos*rc + cos*cos*rr
		if math.Abs(r)+math.Abs(c) > 1e-9 || math.Abs(along-l.length*l.length/12) > .26 || across > .26 {
			t.Errorf("line of %v at %v degrees: centre (%.3g,%.3g), variance %.3f along and %.3f across", l.length, l.angle, r, c, along, across)
		}
	}
	if _, _, rr, _, _ := moments(inverse.LinePSF(6, 0)); rr > 1e-12 {
		t.Errorf("a horizontal line has variance %v across", rr)
	}
	for seed := range uint64(20) {
		straight, wild := inverse.MotionPSF(31, 0, seed), inverse.MotionPSF(31, .9, seed)
		for _, p := range []inverse.PSF{straight, wild} {
			if s := floats.Sum(p.Data); math.Abs(s-1) > 1e-12 || floats.Min(p.Data) < 0 {
				t.Errorf("motion kernel %d sums to %v with least entry %v", seed, s, floats.Min(p.Data))
			}
		}
		_, _, rr, rc, cc := moments(straight)
		if small := (rr+cc)/2 - math.Sqrt((rr-cc)*(rr-cc)/4+rc*rc); small > .3 {
			t.Errorf("a motion of intensity 0 has variance %v across its line", small)
		}
		if slices.Equal(wild.Data, inverse.MotionPSF(31, .9, seed+100).Data) || !slices.Equal(wild.Data, inverse.MotionPSF(31, .9, seed).Data) {
			t.Errorf("motion kernel %d is not that of its seed", seed)
		}
	}
}

// TestDFTValues compares with the sum that defines the transform, on odd sizes.
func TestDFTValues(t *testing.T) {
	for _, size := range [][2]int{{5, 7}, {4, 6}, {1, 3}, {11, 2}} {
		h, w := size[0], size[1]
		x := normals(2*h*w, 7)
		op, err := inverse.DFTConfig{Low: &inverse.LowConfig{Rows: h, Cols: w}}.Build(autodiff.S(2, h, w))
		if err != nil {
			t.Fatal(err)
		}
		y := apply(op, x)
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
		near(t, "round trip", pinv(op, y), x, 1e-12)
	}
	// The score-prior likelihood's low-pass transform: sizes, and a constant image.
	for _, c := range []struct {
		in autodiff.Shape
		m  int
	}{{autodiff.S(1, 16, 16), 128}, {autodiff.S(1, 32, 32), 128}, {autodiff.S(3, 32, 32), 384}} {
		op := build(t, c.in, `{"kind":"dft","unnormalised":true,"low":{"rows":8,"cols":8}}`)
		if m := op.OutShape().Size(); m != c.m {
			t.Errorf("%v gives %d numbers, not %d", c.in, m, c.m)
		}
		y := apply(op, constant(c.in.Size(), .5))
		for ch := range c.in.Dim(0) {
			y[ch*64] -= .5 * float64(c.in.Dim(1)*c.in.Dim(2))
		}
		near(t, "constant image beyond its zero frequency", y, constant(c.m, 0), 1e-10)
	}
}

// TestDFTMask: the centre is kept, the count is right, and lines are whole rows.
func TestDFTMask(t *testing.T) {
	in := autodiff.S(1, 9, 8)
	kept := build(t, in, `{"kind":"dft","random":{"keep":0.4,"centre":1,"seed":1}}`).(*inverse.DFT).Kept()
	if len(kept) != 29 || !slices.IsSorted(kept) {
		t.Errorf("0.4 of 72 frequencies keeps %d", len(kept))
	}
	for _, k := range []int{0, 1, 7, 8, 9, 15, 64, 65, 71} {
		if !slices.Contains(kept, k) {
			t.Errorf("frequency %d of the centre is not kept", k)
		}
	}
	lines := build(t, in, `{"kind":"dft","random":{"keep":0.5,"centre":1,"lines":true,"seed":1}}`).(*inverse.DFT).Kept()
	if len(lines) != 5*8 && len(lines) != 4*8 {
		t.Errorf("half of 9 lines keeps %d frequencies", len(lines))
	}
	for i, k := range lines {
		if k%8 != i%8 {
			t.Errorf("frequency %d breaks a line", k)
		}
	}
}
