package opcheck

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// mostGap bounds the relative error of an adjoint: 1e-16 in double precision, 1e-7 in single, about one for a wrong one.
const mostGap = 1e-5

// adjoint compares <A x, y> with <x, A^T y> for two pairs of random vectors.
func (e *examination) adjoint() {
	op, ok := e.op.(inverse.Linear)
	if !ok {
		return
	}
	gap, ratio, spread := 0.0, 0.0, 0.0
	for k, name := range []string{"adjoint", "adjoint.again"} {
		x, y := e.normals(name, e.n), e.normals(name+".y", e.m)
		ax, back := e.apply(x), make([]float64, e.n)
		for i := range back {
			back[i] = math.NaN()
		}
		op.Adjoint(back, y)
		left, right := floats.Dot(ax, y), floats.Dot(x, back)
		scale := max(floats.Norm(ax, 2)*floats.Norm(y, 2), floats.Norm(x, 2)*floats.Norm(back, 2))
		if d := math.Abs(left-right) / scale; d > gap || math.IsNaN(d) {
			gap = d
		}
		if r := right / left; k == 0 {
			ratio = r
		} else {
			spread = max(spread, math.Abs(r-ratio))
		}
		if math.IsNaN(gap) {
			break
		}
	}
	e.falseAdjoint = !e.within("adjoint", gap, mostGap, "the adjoint is the transpose: <A x, y> = <x, A'y>", "the adjoint is not the transpose: <A x, y> differs from <x, A'y>",
		e.adjointCause(ratio, spread, gap))
}

// adjointCause explains a gap by the ratio of the two products, which is the same for all vectors where the adjoint is a
// multiple of the transpose.
func (e *examination) adjointCause(ratio, spread, gap float64) string {
	if math.IsNaN(gap) {
		return "the adjoint gives numbers that are not finite, or leaves entries unwritten"
	}
	if spread > 1e-3*math.Abs(ratio) {
		return "a pseudo-inverse or a filtered back-projection in place of the adjoint, a kernel that is not turned, a conjugate that is missing, or other boundaries than in A"
	}
	if name := nameOf(ratio, e.n, e.m); name != "" {
		return fmt.Sprintf("the adjoint is %.6g times the transpose, which is %s", ratio, name)
	}
	return fmt.Sprintf("the adjoint is %.6g times the transpose: a factor is missing on one side", ratio)
}

// nameOf says what a factor may come from; "" when nothing is known.
func nameOf(ratio float64, n, m int) string {
	pixels := math.Sqrt(float64(n))
	for _, c := range []struct {
		value float64
		name  string
	}{
		{-1, "a sign"}, {2, "a factor of two, as where real and imaginary parts are counted twice"}, {0.5, "a half"},
		{float64(n), "the number of pixels: an inverse FFT is divided by it, and an adjoint is not"}, {1 / float64(n), "one over the number of pixels: an inverse FFT is divided by it, and an adjoint is not"},
		{pixels, "the root of the number of pixels: one of the two FFTs is unitary"}, {1 / pixels, "one over the root of the number of pixels: one of the two FFTs is unitary"},
		{float64(m), "the number of data"}, {1 / float64(m), "one over the number of data"},
		{255, "the 255 levels of a picture"}, {1. / 255, "the 255 levels of a picture"}, {65535, "the 65535 levels of a picture"}, {1. / 65535, "the 65535 levels of a picture"},
		{1000, "a thousand, as between milli and one"}, {1e-3, "a thousandth, as between milli and one"}, {1e6, "a million, as between micro and one"}, {1e-6, "a millionth, as between micro and one"},
	} {
		if math.Abs(ratio/c.value-1) < 1e-3 {
			return c.name
		}
	}
	return ""
}

// mostDerivative bounds the relative error of a derivative, to which the differences of values contribute.
const mostDerivative = 1e-3

// derivative compares, for an operator that is not linear, |J v|^2 by differences of values with <v, J'(J v)>.
func (e *examination) derivative() {
	if e.Report.Linear {
		return
	}
	op, ok := e.op.(inverse.Differentiable)
	if !ok {
		e.add("derivative", Note, "", "it has neither an adjoint nor a derivative: methods that follow gradients refuse it")
		return
	}
	worst, directions := 0.0, 3
	if e.quick {
		directions = 1
	}
	for k := range directions {
		v := e.normals(fmt.Sprint("direction", k), e.n)
		best := math.Inf(1)
		for _, h := range []float64{1e-2, 1e-3, 1e-4, 1e-5, 1e-6} {
			j := e.difference(v, h*max(floats.Norm(e.base, 2)/floats.Norm(v, 2), 1e-3))
			back := make([]float64, e.n)
			op.VJP(back, e.base, j)
			if square := floats.Dot(j, j); square > 0 {
				best = math.Min(best, math.Abs(floats.Dot(v, back)/square-1))
			}
			if e.quick && best <= mostDerivative {
				break
			}
		}
		worst = max(worst, best)
	}
	e.within("derivative", worst, mostDerivative, "the VJP is the transpose of the derivative of A at an image", "the VJP is not the transpose of the derivative of A: |J v|^2 by differences of values is not <v, J'(J v)>",
		"a factor of two, a sign, or a conjugate in the VJP; a VJP taken at another image; or an A with steps, such as a rounding")
}

// difference returns the derivative of A at the base along v, by central differences of steps h and h/2, extrapolated.
func (e *examination) difference(v []float64, h float64) []float64 {
	central := func(h float64) []float64 {
		x := append([]float64(nil), e.base...)
		floats.AddScaled(x, h, v)
		plus := e.apply(x)
		floats.AddScaled(x, -2*h, v)
		floats.Sub(plus, e.apply(x))
		floats.Scale(1/(2*h), plus)
		return plus
	}
	coarse, fine := central(h), central(h/2)
	floats.Scale(4./3, fine)
	floats.AddScaled(fine, -1./3, coarse)
	return fine
}
