package phase_test

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/phase"
)

// dft returns the unitary transform of an h x w image times a mask, padded to p x q, by its sum. Frequency (i, j) is at
// i*q + j.
func dft(x []float64, mask []complex128, h, w, p, q int) []complex128 {
	z := make([]complex128, p*q)
	for k := range z {
		for i := range h * w {
			angle := -2 * math.Pi * (float64(k/q*(i/w))/float64(p) + float64(k%q*(i%w))/float64(q))
			v := complex(x[i], 0)
			if mask != nil {
				v *= mask[i]
			}
			z[k] += v * cmplx.Rect(1/math.Sqrt(float64(p*q)), angle)
		}
	}
	return z
}

// TestFourierMagnitudeValues compares with the sum that defines the transform, on odd and even extents, centred and not.
func TestFourierMagnitudeValues(t *testing.T) {
	const h, w = 3, 5
	x := optest.Normals(2*h*w, 3)
	for _, over := range []int{1, 2} {
		p, q := over*h, over*w
		var magnitudes, intensities, smooth, centred []float64
		for c := range 2 {
			plane := make([]float64, p*q)
			for k, z := range dft(x[c*h*w:][:h*w], nil, h, w, p, q) {
				magnitudes = append(magnitudes, cmplx.Abs(z))
				intensities = append(intensities, cmplx.Abs(z)*cmplx.Abs(z))
				smooth = append(smooth, math.Sqrt(cmplx.Abs(z)*cmplx.Abs(z)+.25))
				i, j := k/q, k%q // signed frequencies, as -3..2 of 6 and -1..1 of 3, from entry 0 on
				if 2*i >= p {
					i -= p
				}
				if 2*j >= q {
					j -= q
				}
				plane[(i+p/2)*q+j+q/2] = cmplx.Abs(z)
			}
			centred = append(centred, plane...)
		}
		for fields, want := range map[string][]float64{``: magnitudes, `,"intensity":true`: intensities, `,"eps":0.5`: smooth, `,"centred":true`: centred} {
			json := fmt.Sprintf(`{"kind":"fourier-magnitude","oversample":%d%s}`, over, fields)
			testkit.Near(t, json, optest.Apply(optest.Decode(t, autodiff.S(2, h, w), json), x), want, 1e-12)
		}
		if e := floats.Sum(intensities); math.Abs(e-floats.Dot(x, x)) > 1e-12*e {
			t.Errorf("Parseval: the intensities sum to %v and the squares to %v", e, floats.Dot(x, x))
		}
	}
}

// TestWhatPhasesHide: a sign, a shift inside the padding, and a turn by 180 degrees leave the magnitudes as they are, and
// behind random masks only the sign does.
func TestWhatPhasesHide(t *testing.T) {
	in := autodiff.S(1, 4, 4)
	x := make([]float64, 16)
	copy(x, []float64{1, 2, 0, 0, 3, -1, 0, 0})
	minus, shifted, turned := slices.Clone(x), append(make([]float64, 5), x[:11]...), slices.Clone(x)
	floats.Scale(-1, minus)
	slices.Reverse(turned)
	plain := optest.Decode(t, in, `{"kind":"fourier-magnitude"}`)
	coded := optest.Decode(t, in, `{"kind":"coded-diffraction","random":{"count":2,"law":"phase","seed":1}}`)
	for name, other := range map[string][]float64{"minus": minus, "shifted": shifted, "turned": turned} {
		testkit.Near(t, name, optest.Apply(plain, other), optest.Apply(plain, x), 1e-13)
		gap := floats.Distance(optest.Apply(coded, other), optest.Apply(coded, x), 2)
		if name == "minus" && gap > 1e-13 || name != "minus" && gap < .1 {
			t.Errorf("%s: magnitudes behind masks change by %v", name, gap)
		}
	}
}

// TestCodedDiffractionValues compares with the sum for masks that are written out.
func TestCodedDiffractionValues(t *testing.T) {
	const h, w = 2, 3
	re, im := optest.Normals(2*h*w, 8), optest.Normals(2*h*w, 9)
	x := optest.Normals(2*h*w, 3)
	var want, pairs []float64
	for l := range 2 {
		mask := make([]complex128, h*w)
		for i := range mask {
			mask[i] = complex(re[l*h*w+i], im[l*h*w+i])
			pairs = append(pairs, real(mask[i]), imag(mask[i]))
		}
		for c := range 2 {
			for _, z := range dft(x[c*h*w:][:h*w], mask, h, w, 3, 5) {
				want = append(want, cmplx.Abs(z))
			}
		}
	}
	cfg := phase.CodedDiffractionConfig{Oversample: 1.6}
	cfg.Masks.Values.Shape, cfg.Masks.Values.Data, cfg.Masks.Values.Complex = []int{2, h, w}, pairs, true
	op, err := cfg.Build(autodiff.S(2, h, w))
	if err != nil {
		t.Fatal(err)
	}
	if op.OutShape() != autodiff.S(2, 2, 3, 5) {
		t.Errorf("a measurement is %v", op.OutShape())
	}
	testkit.Near(t, "coded", optest.Apply(op, x), want, 1e-12)
}

// TestRandomMasks reads the masks off a single bright pixel, whose magnitudes are |D|/sqrt(n), and off the sums of
// intensities: N = 6400 entries of each law, within 4 standard errors.
func TestRandomMasks(t *testing.T) {
	const h, w, count = 20, 20, 16
	x := make([]float64, h*w)
	magnitude := func(law string, seed string, at int) []float64 {
		op := optest.Decode(t, autodiff.S(1, h, w), `{"kind":"coded-diffraction","random":{"count":16,"law":"`+law+`","seed":`+seed+`}}`)
		x[at] = math.Sqrt(h * w)
		defer func() { x[at] = 0 }()
		return optest.Apply(op, x)
	}
	large := 0.
	for at := range h * w {
		y := magnitude("octanary", "1", at)
		for l := range count {
			switch d := y[l*h*w]; {
			case math.Abs(d-math.Sqrt(3)) < 1e-12:
				large++
			case math.Abs(d-math.Sqrt(.5)) > 1e-12:
				t.Fatalf("an entry of an octanary mask has magnitude %v", d)
			}
		}
	}
	if n := float64(h * w * count); math.Abs(large/n-.2) > 4*math.Sqrt(.2*.8/n) {
		t.Errorf("a share of %v has the large magnitude, not 0.2", large/n)
	}
	for _, law := range []string{"phase", "sign"} {
		testkit.Near(t, law, magnitude(law, "1", 7), optest.Constant(count*h*w, 1), 1e-12)
	}
	// Two pixels of sign masks are alike or opposite, so that the sum at frequency zero is 2 or 0, each half of the time;
	// phases give |1 + exp(it)|, of mean square 2.
	both := 0.
	squares := 0.
	for at := 1; at < h*w; at++ {
		x[0], x[at] = math.Sqrt(h*w), math.Sqrt(h*w)
		y := optest.Apply(optest.Decode(t, autodiff.S(1, h, w), `{"kind":"coded-diffraction","random":{"count":16,"law":"sign","seed":1}}`), x)
		p := optest.Apply(optest.Decode(t, autodiff.S(1, h, w), `{"kind":"coded-diffraction","random":{"count":16,"law":"phase","seed":1}}`), x)
		x[0], x[at] = 0, 0
		for l := range count {
			both += y[l*h*w] / 2
			squares += p[l*h*w] * p[l*h*w]
		}
	}
	n := float64((h*w - 1) * count)
	if math.Abs(both/n-.5) > 4*.5/math.Sqrt(n) {
		t.Errorf("pixels of sign masks agree in a share of %v, not 1/2", both/n)
	}
	if math.Abs(squares/n-2) > 4*math.Sqrt(2/n) {
		t.Errorf("phases give a mean square of %v, not 2", squares/n)
	}
}

// TestDerivativeAtZero: where magnitudes are zero the derivative is zero, not NaN.
func TestDerivativeAtZero(t *testing.T) {
	for _, json := range []string{`{"kind":"fourier-magnitude"}`, `{"kind":"fourier-magnitude","intensity":true}`, `{"kind":"fourier-magnitude","eps":1e-3}`} {
		op := optest.Decode(t, autodiff.S(1, 2, 3), json).(*phase.Magnitude)
		g := make([]float64, 6)
		op.VJP(g, make([]float64, 6), optest.Constant(24, 1))
		testkit.Near(t, json, g, make([]float64, 6), 0)
	}
}
