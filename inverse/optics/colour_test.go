package optics_test

import (
	"math"
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/optics"
)

func TestLatticeValues(t *testing.T) {
	op := optest.Build(t, autodiff.S(1, 4, 5), `{"kind":"inpaint","lattice":{"rows":2,"cols":3,"top":1,"left":1}}`).(*optics.Inpaint)
	if want := []int{6, 9, 16, 19}; !slices.Equal(op.Kept(), want) {
		t.Errorf("the lattice keeps %v, not %v", op.Kept(), want)
	}
}

// TestMosaicValues: a Bayer array sees red and green in even rows, green and blue in odd ones.
func TestMosaicValues(t *testing.T) {
	in := autodiff.S(3, 3, 4)
	x := make([]float64, 36)
	for i := range x {
		x[i] = float64(100*(i/12) + 10*(i/4%3) + i%4) // channel, row, column
	}
	y := optest.Apply(optest.Build(t, in, `{"kind":"mosaic","pattern":["RG","GB"]}`), x)
	testkit.Near(t, "RGGB", y, []float64{0, 101, 2, 103, 110, 211, 112, 213, 20, 121, 22, 123}, 0)
	y = optest.Apply(optest.Build(t, in, `{"kind":"mosaic","pattern":["bgr"]}`), x)
	testkit.Near(t, "bgr", y, []float64{200, 101, 2, 203, 210, 111, 12, 213, 220, 121, 22, 223}, 0)
}

func TestGrayValues(t *testing.T) {
	in := autodiff.S(3, 1, 2)
	x := []float64{1, 2, 10, 20, 100, 200}
	testkit.Near(t, "mean", optest.Apply(optest.Build(t, in, `{"kind":"gray"}`), x), []float64{37, 74}, 1e-13)
	luma := optest.Build(t, in, `{"kind":"gray","mix":"luma"}`)
	testkit.Near(t, "luma", optest.Apply(luma, x), []float64{17.569, 35.138}, 1e-13)
	testkit.Near(t, "luma of white", optest.Apply(luma, optest.Constant(6, .7)), []float64{.7, .7}, 1e-15)
	weights := optest.Build(t, in, `{"kind":"gray","mix":"weights","weights":[2,-1,0.5]}`)
	testkit.Near(t, "weights", optest.Apply(weights, x), []float64{42, 84}, 1e-13)
	testkit.Near(t, "A+", optest.PseudoInverse(weights, []float64{5.25, 0}), []float64{2, 0, -1, 0, .5, 0}, 1e-13)
}

// TestToneValues: known values of the curves, clipping with its derivative, and a table.
func TestToneValues(t *testing.T) {
	in := autodiff.S(6)
	slopes := func(op *optics.Tone, x []float64) []float64 {
		dst := make([]float64, len(x))
		op.VJP(dst, x, optest.Constant(len(x), 1))
		return dst
	}
	for _, c := range []struct {
		json            string
		x, want, slopes []float64
	}{
		{`{"kind":"tone","gain":2,"low":-1,"high":1}`, []float64{-3, -.6, -.5, .25, .5, 9}, []float64{-1, -1, -1, .5, 1, 1}, []float64{0, 0, 2, 2, 2, 0}},
		// IEC 61966-2-1: one half is 0.735357 after the curve, and the darkest values lie on a line of slope 12.92.
		{`{"kind":"tone","curve":"srgb"}`, []float64{0, .001, .5, 1, -.5, -.001}, []float64{0, .01292, .7353569830524495, 1, -.7353569830524495, -.01292},
			[]float64{12.92, 12.92, 1.055 / 2.4 * math.Pow(.5, -1.4/2.4), 1.055 / 2.4, 1.055 / 2.4 * math.Pow(.5, -1.4/2.4), 12.92}},
		{`{"kind":"tone","curve":"gamma","gamma":2,"gain":3,"black":1}`, []float64{1, 2, 3, 0, -1, 1.5}, []float64{0, 9, 36, -9, -36, 2.25}, []float64{0, 18, 36, 18, 36, 9}},
		{`{"kind":"tone","curve":"gamma","gamma":0.5}`, []float64{0, 1. / 1024, 1. / 4096, .25, 4, -.25}, []float64{0, 1. / 32, 1. / 128, .5, 2, -.5}, []float64{32, 32, 32, 1, .25, 1}},
		{`{"kind":"tone","curve":"tanh"}`, []float64{0, math.Log(2), -math.Log(2), 0, 0, 0}, []float64{0, .6, -.6, 0, 0, 0}, []float64{1, .64, .64, 1, 1, 1}},
		{`{"kind":"tone","curve":"table","table":{"u":[0,1],"f":[1,3]}}`, []float64{-5, 0, .25, .5, 1, 7}, []float64{1, 1, 1.5, 2, 3, 3}, []float64{0, 2, 2, 2, 2, 0}},
	} {
		op := optest.Decode(t, in, c.json).(*optics.Tone)
		testkit.Near(t, c.json, optest.Apply(op, c.x), c.want, 1e-14)
		testkit.Near(t, c.json+" slopes", slopes(op, c.x), c.slopes, 1e-12)
	}
	op := optest.Decode(t, in, `{"kind":"tone","high":5,"gain":2,"op":{"kind":"dense","rows":2,"data":[1,1,1,0,0,0,0,0,0,0,0,1]}}`).(*optics.Tone)
	x := []float64{.5, .25, .25, 7, 7, 3}
	testkit.Near(t, "clipped sums", optest.Apply(op, x), []float64{2, 5}, 0)
	g := make([]float64, 6)
	op.VJP(g, x, []float64{3, 1})
	testkit.Near(t, "and their VJP", g, []float64{6, 6, 6, 0, 0, 0}, 0)
	// A curve through points that ascend ascends, and runs through them.
	op = optest.Decode(t, autodiff.S(101), `{"kind":"tone","curve":"table","table":{"u":[0,0.2,0.25,0.9,1],"f":[0,0.1,0.8,0.81,1]}}`).(*optics.Tone)
	x = make([]float64, 101)
	for i := range x {
		x[i] = float64(i) / 100
	}
	y := optest.Apply(op, x)
	if !slices.IsSorted(y) || math.Abs(y[20]-.1)+math.Abs(y[25]-.8)+math.Abs(y[90]-.81) > 1e-14 {
		t.Errorf("the curve is %v", y)
	}
}

// TestIntensityBlurValues: the formula entry by entry, and its limits, where a pixel is dim or bright beyond doubt.
func TestIntensityBlurValues(t *testing.T) {
	in, x := autodiff.S(1, 4, 5), optest.Normals(20, 3)
	const dim, bright = `"gaussian":{"size":3,"std":0.6}`, `"boundary":"zero","uniform":{"rows":3,"cols":3}`
	build := func(level string) []float64 {
		return optest.Apply(optest.Decode(t, in, `{"kind":"intensity-blur","dim":{`+dim+`},"bright":{`+bright+`},`+level+`,"softness":0.3}`), x)
	}
	a, b := optest.Apply(optest.Build(t, in, `{"kind":"blur",`+dim+`}`), x), optest.Apply(optest.Build(t, in, `{"kind":"blur",`+bright+`}`), x)
	testkit.Near(t, "all dim", build(`"level":100`), a, 1e-14)
	testkit.Near(t, "all bright", build(`"level":-100`), b, 1e-14)
	want := make([]float64, 20)
	for i := range want {
		tanh := math.Tanh((a[i] - .2) / .6)
		want[i] = (a[i]*(1-tanh) + b[i]*(1+tanh)) / 2
	}
	testkit.Near(t, "between", build(`"level":0.2`), want, 1e-14)
}
