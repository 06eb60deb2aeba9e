// Package gradtest checks the derivative rules of an op, a layer, or any function on a Scope against finite
// differences, in float64 and in both modes and all four nestings.
//
// For y = F(x) with random directions v, w in x and p in y it compares
//
//	<J^T p, v>,  <p, J v>                       with  d/de <p, F(x + e v)>
//	d/dx <J^T p, v> . w   (reverse, reverse)    with  d/de <J(x + e w)^T p, v>
//	the same forward over reverse, reverse over forward, and forward over forward
//
// where d/de is a five-point central difference, and requires agreement to 1e-6 relative to the larger of the
// value and the scale of its terms. F runs in a scope that is closed first, so a rule that reads what its op did not
// declare fails. It also checks that recording changes no bit of F, that float32 agrees with float64, and that a
// Plan scope infers the same shape.
package gradtest

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/rng"
)

// TB is the part of testing.TB that a check uses, so that a check can itself be tested on a function that is wrong.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// Case is one row of a conformance table: a function of inputs with the given shapes.
type Case struct {
	Name string
	F    func(s *autodiff.Scope, x []autodiff.Var) autodiff.Var
	In   []autodiff.Shape

	// Inputs are drawn uniformly from [Lo, Hi]; both zero means [-1, 1]. Keep kinks out of the interval.
	Lo, Hi float64

	// Gap, when positive, moves inputs away from zero: |x| is at least Gap.
	Gap float64

	Tol   float64 // relative tolerance of derivatives; zero means 1e-6
	Tol32 float64 // relative tolerance of float32 against float64; zero means 1e-4
	Seed  uint64
	Order int // highest order checked; zero means 2
}

// Check fails t unless every derivative of c is right. It returns the names of the ops that F called.
func Check(t TB, c Case) (ops map[string]bool) {
	t.Helper()
	k := newChecker(t, c)
	var err error
	func() {
		defer autodiff.Catch(&err)
		ops = k.run()
	}()
	if err != nil {
		t.Errorf("%s: %v", c.Name, err)
	}
	return ops
}

type checker struct {
	Case
	t     TB
	arena *autodiff.Arena
	x     [][]float64 // the inputs
	v, w  [][]float64 // directions in the inputs
	p     []float64   // direction in the output
	out   autodiff.Shape
}

func newChecker(t TB, c Case) *checker {
	if c.Lo == 0 && c.Hi == 0 {
		c.Lo, c.Hi = -1, 1
	}
	if c.Tol == 0 {
		c.Tol = 1e-6
	}
	if c.Tol32 == 0 {
		c.Tol32 = 1e-4
	}
	if c.Order == 0 {
		c.Order = 2
	}
	k := &checker{Case: c, t: t, arena: autodiff.NewArena()}
	key := rng.New(c.Seed)
	for i, sh := range c.In {
		x := make([]float64, sh.Size())
		st := key.Split("x", i).Stream()
		for j := range x {
			x[j] = c.Lo + (c.Hi-c.Lo)*st.Float64()
			if math.Abs(x[j]) < c.Gap {
				x[j] = math.Copysign(c.Gap+math.Abs(x[j]), x[j])
			}
		}
		k.x = append(k.x, x)
		k.v = append(k.v, normal(key.Split("v", i), sh.Size()))
		k.w = append(k.w, normal(key.Split("w", i), sh.Size()))
	}
	return k
}

func normal(key rng.Key, n int) []float64 {
	d := make([]float64, n)
	key.Stream().FillNorm(d)
	return d
}

func (k *checker) run() map[string]bool {
	y := k.value(autodiff.Eval, k.x)
	k.p = normal(rng.New(k.Seed).Split("p", 0), len(y))
	k.sameBits(y)
	k.float32(y)
	k.plan()
	ops := k.first()
	if k.Order > 1 {
		k.second()
	}
	return ops
}

// value returns F(x) in float64.
func (k *checker) value(mode autodiff.Mode, x [][]float64) []float64 {
	s := k.arena.Scope(mode, autodiff.F64)
	defer s.Close()
	v := k.F(s, k.inputs(s, x))
	k.out = v.Shape()
	y := make([]float64, v.Size())
	v.CopyTo64(y)
	return y
}

func (k *checker) inputs(s *autodiff.Scope, x [][]float64) []autodiff.Var {
	in := make([]autodiff.Var, len(x))
	for i := range x {
		in[i] = s.Watch(s.Const64(k.In[i], x[i]))
	}
	return in
}

func (k *checker) sameBits(y []float64) {
	for i, r := range k.value(autodiff.Record, k.x) {
		if math.Float64bits(r) != math.Float64bits(y[i]) {
			k.t.Errorf("%s: element %d is %v when recorded and %v when not", k.Name, i, r, y[i])
			return
		}
	}
}

func (k *checker) float32(y []float64) {
	s := k.arena.Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	v := k.F(s, k.inputs(s, k.x))
	got := make([]float64, v.Size())
	v.CopyTo64(got)
	scale := 0.0
	for _, r := range y {
		scale = max(scale, math.Abs(r))
	}
	for i := range y {
		if !(math.Abs(got[i]-y[i]) <= k.Tol32*max(scale, 1e-30)) {
			k.t.Errorf("%s: element %d is %v in float32 and %v in float64", k.Name, i, got[i], y[i])
			return
		}
	}
}

func (k *checker) plan() {
	s := k.arena.Scope(autodiff.PlanRecord, autodiff.F64)
	defer s.Close()
	x := make([]autodiff.Var, len(k.In))
	for i, sh := range k.In {
		x[i] = s.Watch(s.Input(sh))
	}
	v := k.F(s, x)
	if v.Shape() != k.out {
		k.t.Errorf("%s: planned shape %v, real shape %v", k.Name, v.Shape(), k.out)
	}
	g := make([]autodiff.Var, len(x))
	s.VJP([]autodiff.Var{v}, []autodiff.Var{s.Input(k.out)}, x, g)
	for i := range g {
		if g[i].Shape() != k.In[i] {
			k.t.Errorf("%s: planned gradient %d has shape %v, want %v", k.Name, i, g[i].Shape(), k.In[i])
		}
	}
}

// report compares got with want relative to scale.
func (k *checker) report(what string, got, want, scale float64) {
	if !(math.Abs(got-want) <= k.Tol*max(math.Abs(want), scale, 1e-9)) {
		k.t.Errorf("%s: %s is %.12g, finite differences give %.12g (error %.2g)", k.Name, what, got, want, math.Abs(got-want))
	}
}

// difference returns df/de at 0 by the five-point central formula.
func difference(f func(e float64) float64) float64 {
	const h = 1e-3
	return (8*(f(h)-f(-h)) - (f(2*h) - f(-2*h))) / (12 * h)
}

func (k *checker) shifted(d [][]float64, e float64) [][]float64 {
	x := make([][]float64, len(k.x))
	for i := range x {
		x[i] = make([]float64, len(k.x[i]))
		for j := range x[i] {
			x[i][j] = k.x[i][j] + e*d[i][j]
		}
	}
	return x
}

func dot(a, b []float64) (sum, scale float64) {
	for i := range a {
		sum += a[i] * b[i]
		scale += a[i] * b[i] * a[i] * b[i]
	}
	return sum, math.Sqrt(scale)
}

func dots(a, b [][]float64) (sum, scale float64) {
	for i := range a {
		s, c := dot(a[i], b[i])
		sum += s
		scale = math.Hypot(scale, c)
	}
	return sum, scale
}

func (k *checker) String() string { return fmt.Sprintf("%s%v", k.Name, k.In) }
