package opcheck_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
	"tweedie/inverse/opcheck"
	"tweedie/rng"
)

// build returns a described operator on images of a shape.
func build(t *testing.T, text string, in autodiff.Shape) inverse.Linear {
	t.Helper()
	op, err := inverse.Decode([]byte(text), in)
	if err != nil {
		t.Fatal(err)
	}
	return op.(inverse.Linear)
}

// told is the part of a report that failed, in words.
func told(r *opcheck.Report) string {
	var parts []string
	for _, c := range r.Checks {
		if c.Status == opcheck.Fail {
			parts = append(parts, c.Name+": "+c.Text+" ["+c.Cause+"]")
		}
	}
	return strings.Join(parts, "; ")
}

// TestGoodOperators: nothing is found in operators that ship, and norm, rank and condition are those of the matrix.
func TestGoodOperators(t *testing.T) {
	for text, want := range map[string]struct{ norm, condition, rank float64 }{
		`{"kind":"identity"}`:                                              {1, 1, 48},
		`{"kind":"block-average","rows":2,"cols":2}`:                       {0.5, 1, 12},
		`{"kind":"inpaint","box":{"top":1,"left":1,"height":2,"width":3}}`: {1, 1, 42},
		`{"kind":"dft","low":{"rows":3,"cols":3}}`:                         {1, math.Sqrt2, 17},
		`{"kind":"scale","factor":-3,"op":{"kind":"identity"}}`:            {3, 1, 48},
		`{"kind":"blur","gaussian":{"size":3,"std":0.6}}`:                  {1, 0, 48},
		`{"kind":"compose","ops":[{"kind":"blur","gaussian":{"size":3,"std":0.6}},{"kind":"block-average","rows":2,"cols":1}]}`: {0, 0, 24},
	} {
		r := opcheck.Examine(t.Context(), build(t, text, autodiff.S(1, 6, 8)), opcheck.Options{})
		if !r.OK() || r.Err() != nil || !r.Linear || !r.Exact || r.Rank != int(want.rank) {
			t.Errorf("%s: %s, %+v", text, told(r), r)
		}
		if want.norm > 0 && math.Abs(r.Norm-want.norm) > 1e-9 || want.condition > 0 && math.Abs(r.Condition-want.condition) > 1e-9 {
			t.Errorf("%s: norm %g, condition %g; want %+v", text, r.Norm, r.Condition, want)
		}
		if len(r.Responses) != 3 || r.Responses[0].Image[r.Responses[0].Pixel] != 1 || r.Responses[0].Pixel != 3*8+4 {
			t.Errorf("%s: responses %+v", text, r.Responses)
		}
		if text, err := json.Marshal(r); err != nil || !strings.Contains(string(text), `"status":"ok"`) {
			t.Errorf("%s (%v)", text, err)
		}
	}
}

// large is an operator whose spectrum is only estimated: diagonal, with the singular values 1, ..., 1 and 10 in one place.
type large struct{ inverse.Base }

func (o *large) Apply(dst, x []float64) {
	copy(dst, x)
	dst[7] *= 10
	dst[8] *= 0.01
}
func (o *large) Adjoint(dst, y []float64) { o.Apply(dst, y) }

// TestEstimatedSpectrum: the bidiagonalization finds the outer singular values of a matrix with three different ones.
func TestEstimatedSpectrum(t *testing.T) {
	r := opcheck.Examine(t.Context(), &large{inverse.NewBase("large", autodiff.S(1, 64, 64), autodiff.S(1, 64, 64))}, opcheck.Options{})
	if !r.OK() || r.Exact || math.Abs(r.Norm-10) > 1e-9 || math.Abs(r.Condition-1000) > 1e-6 {
		t.Errorf("%s, %+v", told(r), r)
	}
}

// TestSpectrumWithoutAdjoint: where the adjoint is false, nothing is said of a spectrum that needs it.
func TestSpectrumWithoutAdjoint(t *testing.T) {
	in := autodiff.S(1, 64, 64)
	op := &wrong{inverse.NewBase("large", in, in), func(dst, x []float64) { copy(dst, x) }, scaled(2)}
	if r := opcheck.Examine(t.Context(), op, opcheck.Options{}); r.Norm != 0 || !strings.Contains(told(r), "is 2 times the transpose, which is a factor of two") {
		t.Errorf("%s, %+v", told(r), r)
	}
}

// wrong is an operator whose parts a test replaces.
type wrong struct {
	inverse.Base
	apply, adjoint func(dst, v []float64)
}

func (o *wrong) Apply(dst, x []float64)   { o.apply(dst, x) }
func (o *wrong) Adjoint(dst, y []float64) { o.adjoint(dst, y) }

// mutant is the identity on 1x4x9 images with one part replaced.
func mutant(apply, adjoint func(dst, v []float64)) inverse.Linear {
	plain := func(dst, v []float64) { copy(dst, v) }
	if apply == nil {
		apply = plain
	}
	if adjoint == nil {
		adjoint = plain
	}
	in := autodiff.S(1, 4, 9)
	return &wrong{inverse.NewBase("mutant", in, in), apply, adjoint}
}

func scaled(c float64) func(dst, v []float64) {
	return func(dst, v []float64) {
		for i, x := range v {
			dst[i] = c * x
		}
	}
}

// TestWrongOperators: what is wrong is found, and the likely cause is said.
func TestWrongOperators(t *testing.T) {
	calls := 0.0
	for want, op := range map[string]inverse.Linear{
		"which is a sign": mutant(nil, scaled(-1)),
		"is 36 times the transpose, which is the number of pixels":    mutant(nil, scaled(36)),
		"is 0.166667 times the transpose, which is one over the root": mutant(nil, scaled(1./6)),
		"is 1.7 times the transpose: a factor is missing":             mutant(nil, scaled(1.7)),
		"255 levels of a picture":                                     mutant(scaled(255), nil),
		"adjoint gives numbers that are not finite":                   mutant(nil, func(dst, v []float64) { copy(dst[1:], v[1:]) }),
		"a kernel that is not turned": mutant(func(dst, x []float64) {
			for i := range x {
				dst[i] = x[(i+1)%len(x)]
			}
		}, func(dst, y []float64) {
			for i := range y {
				dst[i] = y[(i+1)%len(y)]
			}
		}),
		"a constant is added": mutant(func(dst, x []float64) {
			for i, v := range x {
				dst[i] = v + 0.1
			}
		}, nil),
		"a modulus, a clip, a square": mutant(func(dst, x []float64) {
			for i, v := range x {
				dst[i] = math.Abs(v)
			}
		}, nil),
		"an entry that Apply does not write": mutant(func(dst, x []float64) { copy(dst[:5], x) }, nil),
		"is not the same the second time":    mutant(func(dst, x []float64) { calls++; scaled(calls)(dst, x) }, nil),
		"Apply changes x":                    mutant(func(dst, x []float64) { copy(dst, x); x[3] = 0 }, nil),
		"a program that answers nothing":     mutant(func(dst, _ []float64) { clear(dst) }, nil),
		"the operator stopped: it has died":  mutant(func([]float64, []float64) { panic(errors.New("it has died\nat line 3")) }, nil),
		"the operator stopped: runtime":      mutant(nil, func(dst, y []float64) { _ = y[len(dst)] }),
	} {
		r := opcheck.Examine(t.Context(), op, opcheck.Options{})
		if r.OK() || r.Err() == nil || !strings.Contains(told(r), want) || strings.Contains(told(r), "\n") {
			t.Errorf("found %q; want %q", told(r), want)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
	}
}

// square is x^2 with a VJP times c.
type square struct {
	inverse.Base
	c float64
}

func (o *square) Apply(dst, x []float64) {
	for i, v := range x {
		dst[i] = v * v
	}
}

func (o *square) VJP(dst, x, ct []float64) {
	for i, v := range x {
		dst[i] = o.c * v * ct[i]
	}
}

// opaque has neither adjoint nor VJP.
type opaque struct{ inverse.Operator }

// TestDerivatives: the derivative of an operator that is not linear is compared with differences of values.
func TestDerivatives(t *testing.T) {
	in := autodiff.S(1, 5, 5)
	r := opcheck.Examine(t.Context(), &square{inverse.NewBase("square", in, in), 2}, opcheck.Options{})
	if !r.OK() || r.Linear || !r.Differentiable {
		t.Errorf("%s, %+v", told(r), r)
	}
	r = opcheck.Examine(t.Context(), &square{inverse.NewBase("square", in, in), 1}, opcheck.Options{})
	if !strings.Contains(told(r), "the VJP is not the transpose") {
		t.Errorf("half of the derivative: %q", told(r))
	}
	r = opcheck.Examine(t.Context(), opaque{inverse.NewIdentity(in)}, opcheck.Options{})
	if !r.OK() || r.Differentiable {
		t.Errorf("neither: %s", told(r))
	}
}

// both is a square with a JVP, which is that of a square times c.
type both struct {
	square
	forward float64
}

func (o *both) JVP(dst, x, v []float64) bool {
	for i, t := range v {
		dst[i] = o.forward * x[i] * t
	}
	return o.forward != 0
}

// TestForward: a JVP is compared with the VJP, to far more digits than differences of values give.
func TestForward(t *testing.T) {
	in := autodiff.S(1, 5, 5)
	for forward, want := range map[float64]string{2: "", 2.001: "the JVP is not the transpose of the VJP", 0: ""} {
		r := opcheck.Examine(t.Context(), &both{square{inverse.NewBase("square", in, in), 2}, forward}, opcheck.Options{})
		tried := slices.ContainsFunc(r.Checks, func(c opcheck.Check) bool { return c.Name == "forward" })
		if found := told(r); tried != (forward != 0) || r.OK() != (want == "") || !strings.Contains(found, want) {
			t.Errorf("a JVP times %g: tried %v, %q", forward/2, tried, found)
		}
	}
	op, err := inverse.Decode([]byte(`{"kind":"blur-network","random":{"seed":1,"width":2,"front":1,"back":1}}`), autodiff.S(1, 128, 128))
	if err != nil {
		t.Fatal(err)
	}
	if r := opcheck.Examine(t.Context(), op, opcheck.Options{}); !r.OK() {
		t.Errorf("a network in single precision: %s", told(r))
	}
}

// falsePseudo has a pseudo-inverse and singular values that are a little off.
type falsePseudo struct {
	inverse.Linear
	inverse.SVD
	inverse.PseudoInverter
	add float64
}

func (o *falsePseudo) PseudoInverse(dst, y []float64) {
	o.PseudoInverter.PseudoInverse(dst, y)
	dst[0] += o.add * dst[1]
}

func (o *falsePseudo) Singular() []float64 {
	s := append([]float64(nil), o.SVD.Singular()...)
	s[0] *= 1 + o.add
	return s
}

// TestFalseInverses: a pseudo-inverse and a decomposition that do not belong to A.
func TestFalseInverses(t *testing.T) {
	op := build(t, `{"kind":"block-average","rows":2,"cols":2}`, autodiff.S(1, 6, 8))
	for _, add := range []float64{0, 0.1} {
		r := opcheck.Examine(t.Context(), &falsePseudo{op, op.(inverse.SVD), op.(inverse.PseudoInverter), add}, opcheck.Options{})
		found := told(r)
		if bad := strings.Contains(found, "A is not U diag(s) V'") && strings.Contains(found, "A+ A is symmetric does not hold"); bad != (add > 0) || r.OK() != (add == 0) {
			t.Errorf("with %g added: %q", add, found)
		}
	}
}

// TestData: data in other units, with a pedestal, of a dead detector and with too large a sigma are told apart from data that
// the draws can produce. N = 16 draws of a correlated normal law, 40 data sets; none of the good ones fails.
func TestData(t *testing.T) {
	in := autodiff.S(1, 8, 8)
	op := build(t, `{"kind":"blur","gaussian":{"size":5,"std":1}}`, in)
	st := rng.New(5).Stream()
	draw := func() []float64 {
		x, level := make([]float64, in.Size()), 0.2*st.Norm()
		for i := range x {
			x[i] = 0.5 + level + 0.1*st.Norm()
		}
		return x
	}
	var draws [][]float64
	for range 16 {
		draws = append(draws, draw())
	}
	examine := func(sigma float64, change func(y []float64)) *opcheck.Report {
		y, noise := make([]float64, in.Size()), inverse.Gaussian{Sigma: 0.01}
		op.Apply(y, draw())
		noise.Sample(y, y, st)
		change(y)
		lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: sigma}, y)
		if err != nil {
			t.Fatal(err)
		}
		return opcheck.Examine(context.Background(), op, opcheck.Options{Draws: draws, Likelihood: lik})
	}
	each := func(f func(v float64) float64) func(y []float64) {
		return func(y []float64) {
			for i, v := range y {
				y[i] = f(v)
			}
		}
	}
	for range 40 {
		if r := examine(0.01, func([]float64) {}); !r.OK() {
			t.Fatal(told(r))
		}
	}
	for _, c := range []struct {
		sigma  float64
		change func(y []float64)
		want   string
	}{
		{0.01, each(func(v float64) float64 { return 255 * v }), "the 255 levels of a picture"},
		{0.01, each(func(v float64) float64 { return -100 * v }), "a sign, and perhaps other units"},
		{0.01, each(func(v float64) float64 { return v + 30 }), "a background or a pedestal"},
		{0.01, each(func(float64) float64 { return 0.5 }), "all 64 entries of the data are 0.5"},
		{100, each(func(v float64) float64 { return v }), "the noise is given larger than it is"},
		{0.01, func(y []float64) { y[9] = -9999 }, "values that stand for missing ones"},
	} {
		if r := examine(c.sigma, c.change); !strings.Contains(told(r), c.want) {
			t.Errorf("found %q; want %q", told(r), c.want)
		}
	}
}
