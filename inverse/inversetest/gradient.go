package inversetest

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// gradient requires that VJP is linear in ct, and compares <VJP(x, ct), v> with the derivative of <ct, A(x + h v)> in
// h: for v along VJP(x, ct) itself, where no cancellation hides a common factor, and where inParts is set for v on one part of the
// pixels after the other.
func (c *checker) gradient(op inverse.Differentiable, inParts bool) {
	c.Helper()
	x, ct, other := c.probe(c.n), c.probe(c.m), c.probe(c.m)
	pull := func(dst, ct []float64) { op.VJP(dst, x, ct) }
	c.function("gradient", pull, c.n, c.m)
	mix := make([]float64, c.m)
	for i := range mix {
		mix[i] = 2.5*ct[i] - 1.25*other[i]
	}
	want := apply(pull, ct, c.n)
	floats.Scale(2.5, want)
	floats.AddScaled(want, -1.25, apply(pull, other, c.n))
	c.near("gradient", "VJP(a ct + b ct')", apply(pull, mix, c.n), want, c.tol.Linear, 0)

	for range probes {
		x, ct := c.probe(c.n), c.probe(c.m)
		g := apply(func(dst, ct []float64) { op.VJP(dst, x, ct) }, ct, c.n)
		along := append([]float64(nil), g...)
		floats.Scale(1/max(floats.Norm(g, math.Inf(1)), math.SmallestNonzeroFloat64), along)
		if gap := c.slopeGap(op, x, ct, g, along); !(gap <= c.tol.Gradient) {
			c.Errorf("gradient: %s: <ct, A' v> and <VJP(ct), v> differ by %.3g relative, above %.3g, for v along VJP(ct)", op.Name(), gap, c.tol.Gradient)
			return
		}
	}
	if !inParts {
		return
	}
	g := apply(pull, ct, c.n)
	var worst worstPart
	for p := range parts(c.n) {
		worst.take(c.slopeGap(op, x, ct, g, p.probe(c.st)), p)
	}
	if !(worst.gap <= c.tol.Gradient) {
		c.Errorf("gradient: %s: <ct, A' v> and <VJP(ct), v> differ by %.3g relative, above %.3g, for v on %s of the image", op.Name(), worst.gap, c.tol.Gradient, worst.at)
	}
}

// slopeGap returns |d/dh <ct, A(x + h v)> - <g, v>| relative to the sum of the absolute terms of <g, v>. Terms below
// 1e-3 of |g| |v| / sqrt(n) are rounding of the others and count as that much.
func (c *checker) slopeGap(op inverse.Operator, x, ct, g, v []float64) float64 {
	moved, plus, minus := make([]float64, c.n), make([]float64, c.m), make([]float64, c.m)
	slope := derivative(func(h float64) float64 {
		floats.AddScaledTo(moved, x, h, v)
		op.Apply(plus, moved)
		floats.AddScaledTo(moved, x, -h, v)
		op.Apply(minus, moved)
		floats.Sub(plus, minus)
		return floats.Dot(ct, plus)
	})
	size := 1e-3 * floats.Norm(g, 2) * floats.Norm(v, 2) / math.Sqrt(float64(c.n))
	terms := 0.0
	for i := range g {
		terms += math.Abs(g[i] * v[i])
	}
	return math.Abs(slope-floats.Dot(g, v)) / max(size, terms, math.SmallestNonzeroFloat64)
}

// derivative returns f'(0) from difference(h) = f(h) - f(-h), for steps h from 1/8 down to 1/8 4^-9 extrapolated in h^2
// (Ridders 1982): the entry of the table that differs least from its neighbours. It leaves out the steps at which the
// difference is not finite; NaN means that it found no entry.
func derivative(difference func(h float64) float64) float64 {
	const ratio = 4.0
	best, least := math.NaN(), math.Inf(1)
	var last []float64
	for k := range 10 {
		h := math.Pow(ratio, -float64(k)) / 8
		row := []float64{difference(h) / (2 * h)}
		if math.IsNaN(row[0]) || math.IsInf(row[0], 0) {
			continue
		}
		factor := 1.0
		for j, v := range last {
			factor *= ratio * ratio
			next := row[j] + (row[j]-v)/(factor-1)
			if e := max(math.Abs(next-row[j]), math.Abs(next-v)); e < least {
				best, least = next, e
			}
			row = append(row, next)
		}
		last = row
	}
	return best
}
