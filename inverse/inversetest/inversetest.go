// Package inversetest checks that an operator, a noise or a proximal sampler is what its interfaces say. It serves a
// user's own as well as those of package inverse:
//
//	func TestMyOperator(t *testing.T) { inversetest.Operator(t, NewMyOperator(...)) }
//
// With random x, y and A' = A^T, A+ the pseudo-inverse, every identity is asked for relative to the size of its terms:
//
//	linearity    A(a x + b y) = a A x + b A y                                   1e-10
//	adjoint      <A x, y> = <x, A' y>                                           1e-10
//	Penrose      A A+ A = A, A+ A A+ = A+, A A+ and A+ A symmetric              1e-8
//	SVD          V^T V = V V^T = I, U^T U = U U^T = I, U diag(s) V^T = A        1e-10
//	gram         A' diag(w) A x = GramDiagonal(w) x                             1e-10
//	gradient     <ct, A'(x) v> by central differences = <VJP(x, ct), v>         1e-6
//
// Besides, an application overwrites dst, leaves its argument alone, gives the same bits again and in four
// goroutines at once, and panics with a *autodiff.ShapeError on wrong lengths; a Described operator is rebuilt from
// its JSON.
package inversetest

import (
	"errors"
	"math"
	"slices"
	"sync"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/rng"
)

// T is the part of *testing.T that a suite needs, so that a suite's own test can hand it one that records.
type T interface {
	Helper()
	Errorf(format string, args ...any)
}

// Tolerance is the relative error allowed to each identity of the package comment, and the seed of the probes.
type Tolerance struct {
	Linear, Adjoint, Penrose, SVD, Gram, Gradient float64
	Seed                                          uint64
}

// Default is the tolerances of the package comment.
func Default() Tolerance {
	return Tolerance{Linear: 1e-10, Adjoint: 1e-10, Penrose: 1e-8, SVD: 1e-10, Gram: 1e-10, Gradient: 1e-6, Seed: 1}
}

// Operator checks op by every interface that it has, with the default tolerances.
func Operator(t T, op inverse.Operator) {
	t.Helper()
	Default().Operator(t, op)
}

// Operator checks op by every interface that it has.
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
	}
	if d, ok := op.(inverse.Differentiable); ok {
		c.run("gradient", func() { c.gradient(d) })
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

// run turns a panic of a check into its failure.
func (c *checker) run(check string, f func()) {
	c.Helper()
	defer func() {
		if r := recover(); r != nil {
			c.Errorf("%s: %s panicked: %v", check, c.op.Name(), r)
		}
	}()
	f()
}

// probe is n standard normals.
func (c *checker) probe(n int) []float64 {
	x := make([]float64, n)
	c.st.FillNorm(x)
	return x
}

// near fails the check unless got is want to tol relative to the larger of |want| and floor.
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

// function checks what holds for every map dst = f(x) of an operator.
func (c *checker) function(check string, f func(dst, x []float64), out, in int) {
	c.Helper()
	x := c.probe(in)
	given := slices.Clone(x)
	first, second := make([]float64, out), make([]float64, out)
	f(first, x)
	if !slices.Equal(x, given) {
		c.Errorf("%s: %s changes its argument", check, c.op.Name())
	}
	for i := range second {
		second[i] = math.NaN()
	}
	f(second, slices.Clone(given))
	if !same(first, second) {
		c.Errorf("%s: %s does not overwrite dst with the same bits every time", check, c.op.Name())
	}
	var wg sync.WaitGroup
	var results [4][]float64
	for i := range results {
		results[i] = make([]float64, out)
		own := slices.Clone(given) // so that a write to it, reported above, is not also a race
		wg.Go(func() {
			defer func() {
				if recover() != nil {
					results[i] = nil
				}
			}()
			f(results[i], own)
		})
	}
	wg.Wait()
	for _, r := range results {
		if !same(first, r) {
			c.Errorf("%s: %s gives other numbers in several goroutines at once", check, c.op.Name())
			break
		}
	}
	for _, wrong := range [][2]int{{out + 1, in}, {out, in + 1}, {out - 1, in}, {out, in - 1}} {
		if err := shapeError(func() { f(make([]float64, wrong[0]), make([]float64, wrong[1])) }); err != nil {
			c.Errorf("%s: %s with %d entries in dst and %d in its argument, where %d and %d belong: %v",
				check, c.op.Name(), wrong[0], wrong[1], out, in, err)
		}
	}
}

// same says whether a and b have the same bits.
func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// shapeError is nil when f panics with a *autodiff.ShapeError.
func shapeError(f func()) (err error) {
	defer func() {
		r := recover()
		e, ok := r.(error)
		var shape *autodiff.ShapeError
		switch {
		case r == nil:
			err = errors.New("no panic")
		case !ok || !errors.As(e, &shape):
			err = errors.New("a panic, but not with a *autodiff.ShapeError")
		}
	}()
	f()
	return nil
}
