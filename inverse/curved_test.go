package inverse_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/autodiff"
	"tweedie/internal/config/configtest"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
)

const (
	matrix  = `{"kind":"dense","matrix":[[0.1,0.2,-0.3],[0.4,0,0.1]]}`
	offset  = `{"kind":"shift","offset":[0.5,-1],"op":` + matrix + `}`
	complex = `{"kind":"dense","matrix":{"real":[[1,2],[3,4]],"imag":[[0,1],[-1,0.5]]}}`
)

// through returns a chain of descriptions.
func through(ops ...string) string {
	return `{"kind":"compose","ops":[` + strings.Join(ops, ",") + `]}`
}

func pointwise(function string) string { return `{"kind":"pointwise","function":"` + function + `"}` }

// curved has rows for the kinds that are not linear, and for the combinations of what is not.
var curved = []struct {
	kind string
	in   autodiff.Shape
	json string
}{
	{"pointwise", autodiff.S(2, 3), pointwise("exp")},
	{"pointwise", autodiff.S(5), pointwise("square")},
	{"pointwise", autodiff.S(5), pointwise("abs")},
	{"pointwise", autodiff.S(5), pointwise("relu")},
	{"pointwise", autodiff.S(5), pointwise("sigmoid")},
	{"pointwise", autodiff.S(5), pointwise("tanh")},
	{"pointwise", autodiff.S(5), `{"kind":"pointwise","function":"power","exponent":3}`},
	{"pointwise", autodiff.S(5), through(pointwise("exp"), pointwise("log"))},
	{"pointwise", autodiff.S(5), through(pointwise("exp"), pointwise("log1p"))},
	{"pointwise", autodiff.S(5), through(pointwise("exp"), pointwise("sqrt"))},
	{"pointwise", autodiff.S(5), through(pointwise("exp"), `{"kind":"pointwise","function":"power","exponent":-1.5}`)},
	{"external", autodiff.S(5), program(pointwise("tanh"))},
	{"shift", autodiff.S(3), offset},
	{"shift", autodiff.S(2), `{"kind":"shift","offset":{"real":[1,2],"imag":[3,4]},"op":` + complex + `}`},
	{"shift", autodiff.S(3), `{"kind":"shift","offset":2,"op":` + pointwise("tanh") + `}`},
	{"shift", autodiff.S(3), `{"kind":"shift","offset":2,"op":` + offset + `}`},
	{"compose", autodiff.S(3), through(offset, `{"kind":"scale","factor":-1,"op":{"kind":"identity"}}`)},
	{"compose", autodiff.S(3), through(`{"kind":"scale","factor":3,"op":{"kind":"identity"}}`, offset, `{"kind":"dense","matrix":[[1,2],[3,4]]}`)},
	{"compose", autodiff.S(3), through(matrix, pointwise("exp"), `{"kind":"dense","matrix":[[1,2]]}`)},
	{"compose", autodiff.S(3), through(pointwise("tanh"), offset, pointwise("square"))},
	{"stack", autodiff.S(3), `{"kind":"stack","ops":[` + matrix + "," + offset + `]}`},
	{"stack", autodiff.S(3), `{"kind":"stack","ops":[` + pointwise("exp") + "," + offset + "," + matrix + `]}`},
	{"scale", autodiff.S(3), `{"kind":"scale","factor":-2,"op":` + offset + `}`},
	{"scale", autodiff.S(3), `{"kind":"scale","factor":-2,"op":` + pointwise("sigmoid") + `}`},
	{"restrict", autodiff.S(3), `{"kind":"restrict","keep":[1],"op":` + offset + `}`},
	{"restrict", autodiff.S(3), `{"kind":"restrict","keep":[0,2],"op":` + pointwise("exp") + `}`},
}

func TestCurvedOperators(t *testing.T) {
	for i, r := range curved {
		t.Run(fmt.Sprint(i, r.kind), func(t *testing.T) {
			op, err := inverse.Decode([]byte(r.json), r.in)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := op.(inverse.Differentiable); !ok {
				t.Errorf("%T has no VJP", op)
			}
			if _, ok := op.(inverse.Linear); ok {
				t.Errorf("%T is linear", op)
			}
			inversetest.Operator(t, op)
			if a, ok := op.(inverse.Affine); ok {
				checkParts(t, a)
			}
			c, err := inverse.DecodeConfig([]byte(r.json))
			if err != nil {
				t.Fatal(err)
			}
			configtest.Hostile(t, c, func(c inverse.Config) error { _, err := c.Build(r.in); return err })
		})
	}
}

// checkParts compares A x + b with what an affine operator gives.
func checkParts(t *testing.T, op inverse.Affine) {
	t.Helper()
	a, b := op.Parts()
	inversetest.Operator(t, a)
	x := optest.Normals(op.InShape().Size(), 2)
	want := optest.Apply(a, x)
	floats.Add(want, b)
	testkit.Near(t, "A x + b", optest.Apply(op, x), want, 1e-14)
}

// Members of which all are linear make a linear operator, one that is affine an affine one, and any other neither.
func TestWhatCombinationsAre(t *testing.T) {
	sin := pointwise("tanh")
	for _, c := range []struct {
		json           string
		linear, affine bool
	}{
		{through(matrix, `{"kind":"identity"}`), true, false},
		{through(matrix, `{"kind":"shift","offset":1,"op":{"kind":"identity"}}`), false, true},
		{through(matrix, sin), false, false},
		{`{"kind":"stack","ops":[` + matrix + "," + offset + `]}`, false, true},
		{`{"kind":"scale","factor":2,"op":` + offset + `}`, false, true},
		{`{"kind":"restrict","keep":[0],"op":` + offset + `}`, false, true},
		{`{"kind":"restrict","keep":[0],"op":{"kind":"shift","offset":1,"op":` + sin + `}}`, false, false},
	} {
		op, err := inverse.Decode([]byte(c.json), autodiff.S(3))
		if err != nil {
			t.Fatal(err)
		}
		_, linear := op.(inverse.Linear)
		_, affine := op.(inverse.Affine)
		if linear != c.linear || affine != c.affine {
			t.Errorf("%s is %T: linear %v, affine %v", c.json, op, linear, affine)
		}
	}
}

// With Gaussian noise an offset goes over to the measurement, and the likelihood stays the same function; with another noise,
// whose law depends on the clean measurement, it stays.
func TestOffsetOfALikelihood(t *testing.T) {
	op, err := inverse.Decode([]byte(offset), autodiff.S(3))
	if err != nil {
		t.Fatal(err)
	}
	y, x := []float64{.3, -2}, []float64{1, -.5, 2}
	noise := inverse.Gaussian{Sigmas: []float64{.2, .4}}
	lik, err := inverse.NewLikelihood(op, noise, y)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := lik.Op.(inverse.Linear); !ok {
		t.Errorf("the operator of the likelihood is %T", lik.Op)
	}
	whole := &inverse.Likelihood{Op: op, Noise: noise, Y: y}
	if a, b := lik.NegLogLik(x), whole.NegLogLik(x); math.Abs(a-b) > 1e-13*math.Abs(b) {
		t.Errorf("-log p(y|x) is %v, and %v with the offset", a, b)
	}
	g, want := make([]float64, 3), make([]float64, 3)
	lik.Grad(g, x)
	whole.Grad(want, x)
	testkit.Near(t, "gradient", g, want, 1e-13)
	if _, err := inverse.NewCoupled(lik, inverse.DefaultProximal()); err != nil {
		t.Error(err)
	}
	other, err := inverse.NewLikelihood(op, cauchy{}, y)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := other.Op.(inverse.Affine); !ok || other.Y[0] != .3 {
		t.Errorf("noise of another law: the operator is %T and y %v", other.Op, other.Y)
	}
}

// cauchy is a noise that is not Gaussian.
type cauchy struct{ inverse.Gaussian }

func (cauchy) Kind() string       { return "test-cauchy" }
func (cauchy) Validate(int) error { return nil }

// Derivatives at kinks and values outside of the domains are as PointwiseConfig says.
func TestKinksAndDomains(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		json            string
		x, value, slope float64
	}{
		{pointwise("abs"), 0, 0, 0},
		{pointwise("abs"), -2, 2, -1},
		{pointwise("relu"), 0, 0, 0},
		{pointwise("sqrt"), 0, 0, 0},
		{pointwise("sqrt"), -1, nan, nan},
		{pointwise("log"), 0, math.Inf(-1), nan},
		{pointwise("log"), -1, nan, nan},
		{pointwise("log1p"), -1, math.Inf(-1), nan},
		{pointwise("log1p"), -2, nan, nan},
		{`{"kind":"pointwise","function":"power","exponent":0.5}`, 0, 0, 0},
		{`{"kind":"pointwise","function":"power","exponent":1}`, 0, 0, 1},
		{`{"kind":"pointwise","function":"power","exponent":3}`, -2, -8, 12},
		{`{"kind":"pointwise","function":"power","exponent":1.5}`, 0, 0, 0},
		{`{"kind":"pointwise","function":"power","exponent":1.5}`, -1, nan, nan},
		{`{"kind":"pointwise","function":"power","exponent":-1}`, 0, nan, nan},
		{`{"kind":"pointwise","function":"power","exponent":-1}`, -1, nan, nan},
		{pointwise("sigmoid"), -800, 0, 0},
		{pointwise("tanh"), 800, 1, 0},
	} {
		op, err := inverse.Decode([]byte(c.json), autodiff.S(1))
		if err != nil {
			t.Fatal(err)
		}
		g := make([]float64, 1)
		op.(inverse.Differentiable).VJP(g, []float64{c.x}, []float64{1})
		if v := optest.Apply(op, []float64{c.x})[0]; !alike(v, c.value) || !alike(g[0], c.slope) {
			t.Errorf("%s at %v: %v with the slope %v, want %v and %v", c.json, c.x, v, g[0], c.value, c.slope)
		}
	}
}

func alike(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// Norm is exact where there are singular values, and otherwise at most a hundredth too large.
func TestNorm(t *testing.T) {
	for _, r := range rows {
		op, ok := optest.Decode(t, r.in, r.json).(inverse.Linear)
		if !ok {
			continue
		}
		f, err := inverse.DenseSVD(op)
		if err != nil {
			t.Fatal(err)
		}
		want := f.Singular()[0]
		if got := inverse.Norm(op); !(got >= want*(1-1e-12) && got <= 1.0102*want) {
			t.Errorf("%s: the norm is %v, want %v", r.name, got, want)
		}
	}
}

// Combinations and selections give numbers that are known.
func TestValuesOfCombinations(t *testing.T) {
	for _, c := range []struct {
		in   autodiff.Shape
		json string
		x    []float64
		want []float64
	}{
		{autodiff.S(3), offset, []float64{1, 2, 3}, []float64{.1, -.3}},
		{autodiff.S(3), `{"kind":"scale","factor":-2,"op":` + offset + `}`, []float64{1, 2, 3}, []float64{-.2, .6}},
		{autodiff.S(3), `{"kind":"stack","ops":[` + matrix + "," + offset + `]}`, []float64{1, 2, 3}, []float64{-.4, .7, .1, -.3}},
		{autodiff.S(3), `{"kind":"restrict","keep":[1],"op":` + offset + `}`, []float64{1, 2, 3}, []float64{-.3}},
		{autodiff.S(3), through(offset, `{"kind":"dense","matrix":[[1,2],[3,4]]}`), []float64{1, 2, 3}, []float64{-.5, -.9}},
		{autodiff.S(3), through(matrix, pointwise("square")), []float64{1, 2, 3}, []float64{.16, .49}},
		{autodiff.S(2, 2, 3), `{"kind":"select","channels":[1,0],"box":{"top":1,"left":1,"height":1,"width":2}}`,
			[]float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, []float64{10, 11, 4, 5}},
		{autodiff.S(2, 1, 2), `{"kind":"select","mask":[0,1]}`, []float64{0, 1, 2, 3}, []float64{1, 3}},
		{autodiff.S(6), `{"kind":"select","slice":{"start":1,"stop":5,"step":2}}`, []float64{0, 1, 2, 3, 4, 5}, []float64{1, 3}},
		{autodiff.S(4), `{"kind":"select","indices":[3,0]}`, []float64{0, 1, 2, 3}, []float64{3, 0}},
	} {
		op, err := inverse.Decode([]byte(c.json), c.in)
		if err != nil {
			t.Fatal(err)
		}
		testkit.Near(t, c.json, optest.Apply(op, c.x), c.want, 1e-14)
	}
}
