// Package inversetest checks that an operator, a noise, a proximal sampler or a coupled likelihood does what its
// interfaces say. It serves a user's own as well as those of package inverse:
//
//	func TestMyOperator(t *testing.T) { inversetest.Operator(t, NewMyOperator(...)) }
//
// With random x, y and A' = A^T, A+ the pseudo-inverse, every identity is asked for relative to the size of its terms:
//
//	linearity    A(a x + b y) = a A x + b A y                                   1e-12
//	adjoint      <A x, y> = <x, A' y>                                           1e-12
//	Penrose      A A+ A = A, A+ A A+ = A+, A A+ and A+ A symmetric              1e-8
//	SVD          V^T V = V V^T = I, U^T U = U U^T = I, U diag(s) V^T = A        1e-12
//	gram         A' diag(w) A x = GramDiagonal(w) x                             1e-12
//	fourier      F^H diag(H) F x = A x                                          1e-12
//	gradient     d/dh <ct, A(x + h v)> = <VJP(x, ct), v>                        1e-8
//	             VJP(x, a ct + b ct') = a VJP(x, ct) + b VJP(x, ct')            1e-12
//	forward      <ct, JVP(x, v)> = <VJP(x, ct), v>                              1e-10
//	             JVP(x, a v + b w) = a JVP(x, v) + b JVP(x, w)                  1e-12
//
// Float64 rounds each of n terms by 1e-16, so a right operator keeps 1e-12 up to millions of pixels; one that computes
// in float32 needs a Tolerance of its own. The derivative comes from extrapolated central differences (Ridders 1982).
// Adjoint and gradient are asked for on several random vectors and then on parts of the image and of the measurement:
// every entry belongs to exactly one of at most 128 parts, which are unit vectors for up to 128 entries. So one entry
// that is wrong by 1e-4 is found among a hundred thousand. Where an operator has a JVP, forward asks for the parts, and gradient
// for no more than the random vectors on images of more than 4096 pixels, whose differences would take long.
//
// Besides, an application overwrites dst, leaves its argument alone, gives the same bits again and in four
// goroutines at once, and panics with a *autodiff.ShapeError on wrong lengths; a Described operator is rebuilt from
// its JSON.
package inversetest

import (
	"math"

	"tweedie/inverse"
	"tweedie/rng"
)

// T is the part of *testing.T that a suite needs, so that a suite's own test can hand it one that records.
type T interface {
	Helper()
	Errorf(format string, args ...any)
}

// Tolerance holds the relative error allowed to each identity of the package comment, and the seed of the probes.
type Tolerance struct {
	Linear, Adjoint, Penrose, SVD, Gram, Fourier, Gradient, Forward float64
	Seed                                                            uint64
}

// Default returns the tolerances of the package comment and seed 1.
func Default() Tolerance {
	return Tolerance{Linear: 1e-12, Adjoint: 1e-12, Penrose: 1e-8, SVD: 1e-12, Gram: 1e-12, Fourier: 1e-12, Gradient: 1e-8, Forward: 1e-10, Seed: 1}
}

// Operator checks op by every interface that it has, with the default tolerances.
func Operator(t T, op inverse.Operator) {
	t.Helper()
	Default().Operator(t, op)
}

// Operator checks op by every interface that it has, with these tolerances.
func (tol Tolerance) Operator(t T, op inverse.Operator) {
	t.Helper()
	c := &checker{T: t, tol: tol, op: op, n: op.InShape().Size(), m: op.OutShape().Size(),
		st: rng.New(tol.Seed).Split("inversetest", 0).Stream()}
	if c.n < 1 || c.m < 1 {
		t.Errorf("shape: %s takes %v and gives %v; neither may be empty", op.Name(), op.InShape(), op.OutShape())
		return
	}
	c.run("apply", func() { c.function("apply", op.Apply, c.m, c.n) })
	if l, ok := op.(inverse.Linear); ok {
		c.run("linear", func() { c.linear(l) })
		c.run("adjoint", func() { c.adjoint(l) })
		if p, ok := op.(inverse.PseudoInverter); ok {
			c.run("penrose", func() { c.penrose(l, p) })
		}
		if s, ok := op.(inverse.SVD); ok {
			c.run("svd", func() { c.svd(l, s) })
		}
		if g, ok := op.(inverse.DiagonalGram); ok {
			c.run("gram", func() { c.gram(g) })
		}
		if f, ok := op.(inverse.FourierDiagonal); ok {
			c.run("fourier", func() { c.fourier(f) })
		}
	}
	if d, ok := op.(inverse.Differentiable); ok {
		pushes := c.pushes()
		c.run("gradient", func() { c.gradient(d, !pushes || c.n <= fewPixels) })
		if pushes {
			c.run("forward", func() { c.forward(d, op.(inverse.ForwardDifferentiable)) })
		}
	}
	if d, ok := op.(inverse.Described); ok {
		c.run("config", func() { c.config(d) })
	}
}

// checker is one run of the suite.
type checker struct {
	T
	tol  Tolerance
	op   inverse.Operator
	n, m int
	st   *rng.Stream
}

// run reports a panic of a check as a failure of it.
func (c *checker) run(check string, f func()) {
	c.Helper()
	defer func() {
		if r := recover(); r != nil {
			c.Errorf("%s: %s panicked: %v", check, c.op.Name(), r)
		}
	}()
	f()
}

// probe returns n standard normals.
func (c *checker) probe(n int) []float64 {
	x := make([]float64, n)
	c.st.FillNorm(x)
	return x
}

// near reports a failure unless got equals want up to tol times the larger of max |want| and floor.
func (c *checker) near(check, what string, got, want []float64, tol, floor float64) {
	c.Helper()
	size, diff := floor, 0.0
	for i := range want {
		size, diff = max(size, math.Abs(want[i])), max(diff, math.Abs(got[i]-want[i]))
		if math.IsNaN(got[i]) || math.IsNaN(want[i]) {
			diff = math.NaN()
			break
		}
	}
	if !(diff <= tol*size) {
		c.Errorf("%s: %s: %s is off by %.3g relative, above %.3g", check, c.op.Name(), what, diff/size, tol)
	}
}
