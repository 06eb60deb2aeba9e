package opcheck

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
	"tweedie/rng"
)

// Options say what Examine may use. The zero value serves.
type Options struct {
	Seed uint64
	// Draws are images such as are expected, in the units of x, for example from the prior. The first is where a derivative is
	// tried; without any it is tried at standard normal numbers.
	Draws [][]float64
	// Likelihood holds data and noise, whose operator measures images of the same shape. It is compared with what the operator
	// makes of Draws, of which there must be four or more.
	Likelihood *inverse.Likelihood
}

// examination is a run of Examine.
type examination struct {
	*Report
	ctx  context.Context
	op   inverse.Operator
	o    Options
	n, m int
	base []float64 // the image at which derivatives are tried

	falseAdjoint bool // the adjoint is not the transpose
	quick        bool // one direction of a derivative will do
}

// newExamination returns one of which nothing is found yet.
func newExamination(ctx context.Context, op inverse.Operator, o Options) *examination {
	_, linear := op.(inverse.Linear)
	_, differentiable := op.(inverse.Differentiable)
	e := &examination{ctx: ctx, op: op, o: o, n: op.InShape().Size(), m: op.OutShape().Size(), Report: &Report{Operator: op.Name(),
		Image: op.InShape().Dims(nil), Measurement: op.OutShape().Dims(nil), Linear: linear, Differentiable: linear || differentiable}}
	e.base = e.normals("base", e.n)
	if len(o.Draws) > 0 {
		e.base = o.Draws[0]
	}
	return e
}

// Examine tries an operator. A panic of the operator is a failed check; when ctx ends, the checks that are left are not made.
func Examine(ctx context.Context, op inverse.Operator, o Options) *Report {
	e := newExamination(ctx, op, o)
	for _, step := range []struct {
		name string
		run  func()
	}{
		{"values", e.values}, {"linear", e.linear}, {"adjoint", e.adjoint}, {"derivative", e.derivative}, {"forward", e.forward}, {"spectrum", e.spectrum},
		{"decomposition", e.decomposition}, {"pseudo-inverse", e.pseudoInverse}, {"cost", e.cost}, {"points", e.points}, {"kernel", e.kernel}, {"data", e.data},
	} {
		if ctx.Err() != nil || !e.try(step.name, step.run) && step.name == "values" {
			break
		}
	}
	return e.Report
}

// try runs a check; a panic is a failure of the operator. It reports whether no check failed in it.
func (e *examination) try(name string, run func()) (ok bool) {
	before := e.failed()
	defer func() {
		if r := recover(); r != nil {
			e.add(name, Fail, "an error in the operator itself, or a program that it runs has died", "the operator stopped: %s", oneLine(fmt.Sprint(r)))
			ok = false
		}
	}()
	run()
	return e.failed() == before
}

// oneLine cuts a text at its first line break.
func oneLine(text string) string {
	for i, r := range text {
		if r == '\n' {
			return text[:i]
		}
	}
	return text
}

// normals returns standard normal numbers that follow from the seed and a name.
func (e *examination) normals(name string, n int) []float64 {
	v := make([]float64, n)
	rng.New(e.o.Seed).Split("opcheck."+name, 0).Stream().FillNorm(v)
	return v
}

// apply returns A(x).
func (e *examination) apply(x []float64) []float64 {
	y := make([]float64, e.m)
	e.op.Apply(y, x)
	return y
}

// values checks that A(x) is finite, written in full, the same again, and not zero, and that x stays as it was.
func (e *examination) values() {
	given := e.base
	if e.Report.Linear { // no entry of random numbers is zero by chance, as may be what a mask keeps of an image
		given = e.normals("values", e.n)
	}
	x := slices.Clone(given)
	y, again := make([]float64, e.m), make([]float64, e.m)
	for i := range y {
		y[i], again[i] = math.NaN(), -1
	}
	e.op.Apply(y, x)
	changed := !slices.Equal(x, given)
	e.op.Apply(again, slices.Clone(given))
	switch bad := slices.IndexFunc(y, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }); {
	case bad >= 0:
		e.add("values", Fail, "a division by zero, a number too large, or an entry that Apply does not write", "A(x) has %g as entry %d", y[bad], bad)
	case changed:
		e.add("values", Fail, "Apply works in place; it must not write to x", "Apply changes x")
	case !slices.Equal(y, again):
		e.add("values", Fail, "Apply adds to what is in its result, keeps a state, or draws random numbers", "A(x) is not the same the second time")
	case floats.Norm(y, 2) == 0:
		e.add("values", Fail, "a mask or a kernel of zeros, or a program that answers nothing", "A(x) is zero for an image that is not")
	default:
		e.add("values", OK, "", "A(x) is finite and the same every time, from %.4g to %.4g", floats.Min(y), floats.Max(y))
	}
}

// mostNonlinear is how far A(a x + b y) may lie from a A(x) + b A(y), relative to their size: single precision passes.
const mostNonlinear = 1e-5

// linear checks that an operator which is Linear is so.
func (e *examination) linear() {
	if !e.Report.Linear {
		return
	}
	x, z := e.normals("x", e.n), e.normals("z", e.n)
	const a, b = 2.5, -0.75
	sum := make([]float64, e.n)
	floats.AddScaled(sum, a, x)
	floats.AddScaled(sum, b, z)
	ax, az, want := e.apply(x), e.apply(z), make([]float64, e.m)
	floats.AddScaled(want, a, ax)
	floats.AddScaled(want, b, az)
	scale := a*floats.Norm(ax, 2) - b*floats.Norm(az, 2)
	gap := floats.Distance(e.apply(sum), want, 2) / max(scale, math.SmallestNonzeroFloat64)
	if zero := floats.Norm(e.apply(make([]float64, e.n)), 2); zero > mostNonlinear*scale {
		e.add("linear", Fail, "a constant is added, such as a background or a dark frame; subtract it from the data", "A(0) is not zero, but of the length %.3g", zero)
		return
	}
	e.within("linear", gap, mostNonlinear, "A is linear", "A(2.5 x - 0.75 z) is not 2.5 A(x) - 0.75 A(z)",
		"a modulus, a clip, a square or a normalisation by the image in it; describe it as an operator that is not linear")
}
