package inversetest

import (
	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// fewPixels is the number of pixels up to which differences of values are taken for every part of an image.
const fewPixels = 4096

// pushes reports whether the operator has a JVP. A combination has none where a member has none.
func (c *checker) pushes() (has bool) {
	f, ok := c.op.(inverse.ForwardDifferentiable)
	if !ok {
		return false
	}
	c.run("forward", func() { has = f.JVP(make([]float64, c.m), make([]float64, c.n), make([]float64, c.n)) })
	return has
}

// forward requires that JVP is linear in v, and that it is the transpose of VJP on one part after the other of the measurement
// and of the image.
func (c *checker) forward(d inverse.Differentiable, f inverse.ForwardDifferentiable) {
	c.Helper()
	x, v, other, ct := c.probe(c.n), c.probe(c.n), c.probe(c.n), c.probe(c.m)
	push := func(dst, v []float64) { f.JVP(dst, x, v) }
	pull := func(dst, ct []float64) { d.VJP(dst, x, ct) }
	c.function("forward", push, c.m, c.n)
	mix := make([]float64, c.n)
	for i := range mix {
		mix[i] = 2.5*v[i] - 1.25*other[i]
	}
	jv := apply(push, v, c.m)
	want := apply(push, other, c.m)
	floats.Scale(-1.25, want)
	floats.AddScaled(want, 2.5, jv)
	c.near("forward", "JVP(a v + b w)", apply(push, mix, c.m), want, c.tol.Linear, 0)
	const identity = "forward: %s: <ct, JVP(v)> and <VJP(ct), v> differ by %.3g relative, above %.3g, for %s of the %s"
	c.transposed(identity, "measurement", c.tol.Forward, pull, v, jv)
	c.transposed(identity, "image", c.tol.Forward, push, ct, apply(pull, ct, c.n))
}
