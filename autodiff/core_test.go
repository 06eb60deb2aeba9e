package autodiff_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

// rowsCore returns the conformance rows of the arithmetic ops.
func rowsCore() []gradtest.Case {
	two := func(f func(s *Scope, a, b Var) Var) func(*Scope, []Var) Var {
		return func(s *Scope, x []Var) Var { return f(s, x[0], x[1]) }
	}
	return []gradtest.Case{
		{Name: "add", F: two((*Scope).Add), In: []Shape{S(2, 3), S(2, 3)}},
		{Name: "add broadcast", F: two((*Scope).Add), In: []Shape{S(4, 1, 3), S(2, 1)}},
		{Name: "sub broadcast", F: two((*Scope).Sub), In: []Shape{S(3), S(2, 3)}},
		{Name: "mul", F: two((*Scope).Mul), In: []Shape{S(2, 3), S(2, 3)}},
		{Name: "mul broadcast", F: two((*Scope).Mul), In: []Shape{S(1, 3, 1), S(2, 1, 4)}},
		{Name: "mul scalar", F: two((*Scope).Mul), In: []Shape{S(), S(2, 2)}},
		{Name: "div", F: two((*Scope).Div), In: []Shape{S(2, 3), S(3)}, Lo: 0.5, Hi: 2},
		{Name: "affine", F: func(s *Scope, x []Var) Var { return s.Affine(x[0], -1.5, 2) }, In: []Shape{S(7)}},
		{Name: "identity", F: func(s *Scope, x []Var) Var { return s.Identity(x[0]) }, In: []Shape{S(2, 2)}},
		{Name: "reshape", F: func(s *Scope, x []Var) Var { return s.Mul(s.Reshape(x[0], S(6)), x[1]) }, In: []Shape{S(2, 3), S(6)}},
		{Name: "broadcast", F: func(s *Scope, x []Var) Var { return s.BroadcastTo(x[0], S(2, 3, 4)) }, In: []Shape{S(3, 1)}},
		{Name: "sum_to", F: func(s *Scope, x []Var) Var { return s.SumTo(x[0], S(3, 1)) }, In: []Shape{S(2, 3, 4)}},
		{Name: "remat", F: func(s *Scope, x []Var) Var { return s.Remat(cube, nil, x[0], x[1]) }, In: []Shape{S(3), S(3)}},
	}
}

func cube(s *Scope, in []Var) Var {
	c := s.Enter("cube")
	y := c.Mul(in[0], c.Mul(in[1], in[0]))
	c.Close(y)
	return y
}

func TestCoreRows(t *testing.T) {
	for _, c := range rowsCore() {
		gradtest.Check(t, c)
	}
}

func TestCastIsDifferentiable(t *testing.T) {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x := s.Watch(s.Const64(S(2), []float64{1.5, -2}))
	c := s.ChildType(F32)
	y := c.Mul(c.Cast(x), c.Cast(x))
	c.Close(y)
	z := s.SumTo(s.Mul(s.Cast(y), x), Shape{}) // x^3
	g := s.Grad1(z, x)
	h := s.Grad1(s.SumTo(g, Shape{}), x)
	for i, want := range []float64{3 * 1.5 * 1.5, 12} {
		if got := at(g, i); got != want {
			t.Errorf("gradient %d is %v, want %v", i, got, want)
		}
	}
	if got := at(h, 1); got != -12 {
		t.Errorf("second derivative is %v, want -12", got)
	}
	if g.DType() != F64 {
		t.Errorf("gradient is %v", g.DType())
	}
}

func at(v Var, i int) float64 {
	return testkit.Values(v)[i]
}

func TestPerturbationConfusion(t *testing.T) {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x, y := s.Watch(s.Scalar(3)), s.Watch(s.Scalar(5))
	inner := s.Grad1(s.Add(x, y), y)
	outer := s.Mul(x, inner)
	if got := s.Grad1(outer, x).Scalar(); got != 1 {
		t.Errorf("reverse over reverse: d/dx [x d/dy (x+y)] = %v, want 1", got)
	}
	var d, e [1]Var
	s.JVP([]Var{y}, []Var{s.Scalar(1)}, []Var{s.Add(x, y)}, d[:])
	s.JVP([]Var{x}, []Var{s.Scalar(1)}, []Var{s.Mul(x, d[0])}, e[:])
	if got := e[0].Scalar(); got != 1 {
		t.Errorf("forward over forward: d/dx [x d/dy (x+y)] = %v, want 1", got)
	}
}

func TestRematEqualsPlain(t *testing.T) {
	p := NewParam("p", S(3))
	copy(p.Data(), []float32{0.5, -1, 2})
	f := func(s *Scope, in []Var) Var { return s.Mul(s.Mul(in[0], s.Param(p)), in[0]) }
	run := func(remat bool) (gx, gp, gxx []float64) {
		s := NewArena().Scope(Record, F64)
		defer s.Close()
		x0 := s.Watch(s.Const64(S(3), []float64{1, 2, 3}))
		x := s.Mul(x0, s.Param(p)) // the input of f depends on p as well
		y := x
		for i := 0; i < 2; i++ {
			if remat {
				y = s.Remat(f, []*Param{p}, y)
			} else {
				y = f(s, []Var{y})
			}
		}
		l := s.SumTo(y, Shape{})
		var g [2]Var
		plain := s.ChildMode(Eval)
		plain.Grad(l, []Var{x0, s.Param(p)}, g[:])
		gx, gp = testkit.Values(g[0]), testkit.Values(g[1])
		plain.Close()
		h := s.Grad1(s.SumTo(s.Grad1(l, x0), Shape{}), s.Param(p))
		return gx, gp, testkit.Values(h)
	}
	a, b, c := run(false)
	d, e, f2 := run(true)
	for i := range a {
		if a[i] != d[i] || b[i] != e[i] || math.Abs(c[i]-f2[i]) > 1e-12*math.Abs(c[i]) {
			t.Fatalf("remat changed a derivative: %v %v %v against %v %v %v", d, e, f2, a, b, c)
		}
	}
}

func TestUseAfterCloseIsTyped(t *testing.T) {
	a := NewArena()
	s := a.Scope(Eval, F32)
	c := s.Enter("block")
	dead := c.Ones(S(2))
	kept := c.Add(dead, dead)
	c.Close(kept)
	var err error
	func() {
		defer Catch(&err)
		s.Add(kept, dead)
	}()
	var l *LifetimeError
	if !errors.As(err, &l) || l.Op != "add" {
		t.Fatalf("got %v", err)
	}
	if got := s.Add(kept, kept).Shape(); got != S(2) {
		t.Fatalf("kept Var has shape %v", got)
	}
	s.Close()
	if a.Live() != 0 {
		t.Errorf("%d bytes live after Close", a.Live())
	}
}

func TestRecordKeepsOnlyWhatIsRead(t *testing.T) {
	a := NewArena()
	s := a.Scope(Record, F32)
	defer s.Close()
	x := s.Watch(s.Ones(S(1 << 10)))
	before := a.Live()
	c := s.Child()
	y := c.Scale(c.Scale(c.Scale(x, 2), 3), 4) // linear: nothing is read
	c.Close(y)
	if got := a.Live() - before; got != 4<<10 {
		t.Errorf("a chain of linear ops keeps %d bytes, want those of its result, %d", got, 4<<10)
	}
	if g := s.Grad1(s.SumTo(y, Shape{}), x); at(g, 0) != 24 {
		t.Errorf("gradient %v", at(g, 0))
	}
}

func TestErrorsNameOpModuleAndShapes(t *testing.T) {
	var err error
	func() {
		defer Catch(&err)
		s := NewArena().Scope(Eval, F32)
		c := s.Enter("unet").Enter("conv1")
		c.Add(c.Ones(S(2, 3)), c.Ones(S(2, 4)))
	}()
	for _, want := range []string{"unet.conv1", "add", "[2,3]", "[2,4]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
}

func TestWrittenParamIsRefused(t *testing.T) {
	p := NewParam("w", S(2))
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	s.Param(p)
	p.Data()[0] = 1
	p.Touch()
	var err error
	func() {
		defer Catch(&err)
		s.Param(p)
	}()
	if err == nil {
		t.Error("a stale copy of a parameter was used")
	}
}

func TestPlanCountsTheRealPeak(t *testing.T) {
	run := func(mode Mode) int {
		a := NewArena()
		s := a.Scope(mode, F32)
		defer s.Close()
		x := s.Watch(s.Full(S(64, 64), 2))
		y := x
		for i := 0; i < 4; i++ {
			y = cube(s, []Var{y, x})
		}
		s.ChildMode(Eval).Grad1(s.SumTo(y, Shape{}), x)
		return a.Peak()
	}
	if plan, real := run(PlanRecord), run(Record); plan != real {
		t.Errorf("planned peak %d bytes, real %d", plan, real)
	}
}

// step runs a second-order step of a small program.
func step(a *Arena) {
	s := a.Scope(Record, F32)
	x := s.Watch(s.Full(S(16, 16), 1.5))
	y := cube(s, []Var{x, x})
	var out [1]Var
	s.JVP([]Var{x}, []Var{s.Ones(S(16, 16))}, []Var{y}, out[:])
	e := s.ChildMode(Eval)
	g := e.Grad1(s.SumTo(out[0], Shape{}), x)
	e.Close(g)
	s.Close()
}

func TestWarmStepDoesNotAllocate(t *testing.T) {
	a := NewArena()
	testkit.NoMallocs(t, "a second-order step", func() { step(a) })
}
