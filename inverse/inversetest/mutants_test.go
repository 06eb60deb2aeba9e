package inversetest_test

import (
	"math"
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
	"tweedie/inverse/inversetest"
	"tweedie/inverse/optics"
)

// decode builds a linear operator from its description.
func decode(t *testing.T, in autodiff.Shape, json string) inverse.Linear {
	t.Helper()
	op, err := inverse.Decode([]byte(json), in)
	if err != nil {
		t.Fatal(err)
	}
	return op.(inverse.Linear)
}

// adjointOf is a linear operator whose Adjoint is another's, with what it read and what it wrote spoiled.
type adjointOf struct {
	inverse.Linear
	other       inverse.Linear
	read, wrote func(v []float64)
}

func (o adjointOf) Adjoint(dst, y []float64) {
	v := slices.Clone(y)
	if o.read != nil && len(v) > 0 {
		o.read(v)
	}
	o.other.Adjoint(dst, v)
	if o.wrote != nil {
		o.wrote(dst)
	}
}

// scaled multiplies a vector by f.
func scaled(f float64) func(v []float64) {
	return func(v []float64) {
		for i := range v {
			v[i] *= f
		}
	}
}

// scaledAt multiplies entry i, or the last entry if there are fewer, by f.
func scaledAt(i int, f float64) func(v []float64) {
	return func(v []float64) { v[min(i, len(v)-1)] *= f }
}

// conjugated flips the sign of the imaginary parts, the second half of a dft's measurement.
func conjugated(v []float64) { scaled(-1)(v[len(v)/2:]) }

// shifted moves every entry by one, around the end.
func shifted(v []float64) {
	last := v[len(v)-1]
	copy(v[1:], v)
	v[0] = last
}

func TestSuiteRejectsWrongAdjoints(t *testing.T) {
	small, large := autodiff.S(1, 6, 5), autodiff.S(1, 64, 60)
	const dft, blur = `{"kind":"dft","random":{"keep":0.5,"centre":1,"seed":4}}`, `{"kind":"blur","gaussian":{"size":3,"std":0.7}}`
	unnormalised := `{"kind":"dft","unnormalised":true,"random":{"keep":0.5,"centre":1,"seed":4}}`
	mask := `{"kind":"inpaint","random":{"keep":0.5,"seed":1}}`
	for name, in := range map[string]autodiff.Shape{"small": small, "large": large} {
		for wrong, op := range map[string]inverse.Linear{
			"1e-5 too large throughout":         adjointOf{decode(t, in, blur), decode(t, in, blur), nil, scaled(1 + 1e-5)},
			"1e-4 off in one pixel":             adjointOf{decode(t, in, blur), decode(t, in, blur), nil, scaledAt(17, 1+1e-4)},
			"1e-4 off in the last pixel":        adjointOf{decode(t, in, dft), decode(t, in, dft), nil, scaledAt(1<<20, 1+1e-4)},
			"1e-4 off in one measurement":       adjointOf{decode(t, in, dft), decode(t, in, dft), scaledAt(3, 1+1e-4), nil},
			"blind to one measurement":          adjointOf{decode(t, in, mask), decode(t, in, mask), scaledAt(5, 0), nil},
			"transposed without conjugation":    adjointOf{decode(t, in, dft), decode(t, in, dft), conjugated, nil},
			"one pixel along":                   adjointOf{decode(t, in, blur), decode(t, in, blur), nil, shifted},
			"without the scale":                 adjointOf{decode(t, in, dft), decode(t, in, unnormalised), nil, nil},
			"of the other sign":                 adjointOf{decode(t, in, blur), decode(t, in, blur), nil, scaled(-1)},
			"wrong where the image is not seen": adjointOf{decode(t, in, mask), decode(t, in, mask), nil, shifted},
		} {
			t.Run(name+" "+wrong, func(t *testing.T) {
				rejects(t, "adjoint", func(r *testkit.Recorder) { inversetest.Operator(r, op) })
			})
		}
	}
}

// A block that is a million times smaller than the rest of a measurement is looked at on its own.
func TestSuiteRejectsAWrongSmallBlock(t *testing.T) {
	in := autodiff.S(1, 4, 4)
	faint := `{"kind":"stack","ops":[{"kind":"identity"},{"kind":"scale","factor":1e-6,"op":{"kind":"blur","gaussian":{"size":3,"std":0.7}}}]}`
	op := decode(t, in, faint)
	inversetest.Operator(t, op)
	wrong := adjointOf{op, op, scaledAt(20, 1+1e-4), nil}
	rejects(t, "adjoint", func(r *testkit.Recorder) { inversetest.Operator(r, wrong) })
}

// elementwise is y_i = sin(x_i) + x_i x_{i+1}, with a gradient that can be spoiled.
type elementwise struct {
	n     int
	spoil func(dst, ct []float64)
}

func (elementwise) Name() string               { return "elementwise" }
func (e elementwise) InShape() autodiff.Shape  { return autodiff.S(e.n) }
func (e elementwise) OutShape() autodiff.Shape { return autodiff.S(e.n) }

func (e elementwise) check(a, b []float64) {
	if len(a) != e.n || len(b) != e.n {
		panic(&autodiff.ShapeError{Op: "elementwise", Msg: "other lengths"})
	}
}

func (e elementwise) Apply(dst, x []float64) {
	e.check(dst, x)
	for i, v := range x {
		dst[i] = math.Sin(v) + v*x[(i+1)%e.n]
	}
}

func (e elementwise) VJP(dst, x, ct []float64) {
	e.check(dst, ct)
	for i, v := range x {
		j := (i + e.n - 1) % e.n
		dst[i] = ct[i]*(math.Cos(v)+x[(i+1)%e.n]) + ct[j]*x[j]
	}
	if e.spoil != nil {
		e.spoil(dst, ct)
	}
}

func TestSuiteRejectsWrongGradients(t *testing.T) {
	for _, n := range []int{5, 100, 20000} {
		inversetest.Operator(t, elementwise{n: n})
		for name, spoil := range map[string]func(dst, ct []float64){
			"1e-5 wrong throughout":   func(dst, _ []float64) { scaled(1 + 1e-5)(dst) },
			"1e-4 wrong in one entry": func(dst, _ []float64) { scaledAt(3, 1+1e-4)(dst) },
			"of the other sign":       func(dst, _ []float64) { scaled(-1)(dst) },
			"one pixel along":         func(dst, _ []float64) { shifted(dst) },
			"zero":                    func(dst, _ []float64) { clear(dst) },
			"not linear in ct":        func(dst, ct []float64) { dst[0] += 1e-6 * ct[0] * ct[0] },
		} {
			rejectsNamed(t, name, "gradient", func(r *testkit.Recorder) { inversetest.Operator(r, elementwise{n, spoil}) })
		}
	}
}

// forwardElementwise is an elementwise with a JVP that can be spoiled, and that may be missing.
type forwardElementwise struct {
	elementwise
	spoilForward func(dst, v []float64)
	none         bool
}

func (e forwardElementwise) JVP(dst, x, v []float64) bool {
	e.check(dst, x)
	e.check(dst, v)
	if e.none {
		return false
	}
	for i, u := range x {
		j := (i + 1) % e.n
		dst[i] = v[i]*(math.Cos(u)+x[j]) + u*v[j]
	}
	if e.spoilForward != nil {
		e.spoilForward(dst, v)
	}
	return true
}

func TestSuiteRejectsWrongJVPs(t *testing.T) {
	for _, n := range []int{5, 20000} {
		inversetest.Operator(t, forwardElementwise{elementwise: elementwise{n: n}})
		inversetest.Operator(t, forwardElementwise{elementwise: elementwise{n: n}, none: true})
		for name, spoil := range map[string]func(dst, v []float64){
			"1e-8 wrong throughout":   func(dst, _ []float64) { scaled(1 + 1e-8)(dst) },
			"1e-7 wrong in one entry": func(dst, _ []float64) { scaledAt(3, 1+1e-7)(dst) },
			"of the other sign":       func(dst, _ []float64) { scaled(-1)(dst) },
			"one pixel along":         func(dst, _ []float64) { shifted(dst) },
			"zero":                    func(dst, _ []float64) { clear(dst) },
			"not linear in v":         func(dst, v []float64) { dst[0] += 1e-6 * v[0] * v[0] },
		} {
			wrong := forwardElementwise{elementwise{n: n}, spoil, false}
			rejectsNamed(t, name, "forward", func(r *testkit.Recorder) { inversetest.Operator(r, wrong) })
		}
	}
	wrong := forwardElementwise{elementwise{20000, func(dst, _ []float64) { scaledAt(3, 1+1e-6)(dst) }}, nil, false}
	rejectsNamed(t, "a VJP that differs in one entry", "forward", func(r *testkit.Recorder) { inversetest.Operator(r, wrong) })
}

// rejectsNamed runs rejects as a subtest.
func rejectsNamed(t *testing.T, name, check string, suite func(r *testkit.Recorder)) {
	t.Run(name, func(t *testing.T) { rejects(t, check, suite) })
}

// otherSVD spoils one factor of a decomposition, consistently with its transpose.
type otherSVD struct {
	*optics.BlockAverage
	singular, column float64
}

func (o otherSVD) Singular() []float64 {
	s := slices.Clone(o.BlockAverage.Singular())
	scaled(o.singular)(s)
	return s
}

func (o otherSVD) U(dst, c []float64) {
	c = slices.Clone(c)
	if len(c) > 2 {
		c[2] *= o.column
	}
	o.BlockAverage.U(dst, c)
}

func (o otherSVD) Ut(dst, y []float64) {
	o.BlockAverage.Ut(dst, y)
	dst[2] *= o.column
}

func TestSuiteRejectsWrongDecompositions(t *testing.T) {
	inversetest.Operator(t, otherSVD{good(t), 1, 1})
	rejectsNamed(t, "a column of the other sign", "svd", func(r *testkit.Recorder) { inversetest.Operator(r, otherSVD{good(t), 1, -1}) })
	rejectsNamed(t, "singular values too small", "svd", func(r *testkit.Recorder) { inversetest.Operator(r, otherSVD{good(t), 1 - 1e-6, 1}) })
}
