package autodiff_test

import (
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
)

// chain applies sin k times, each in a scope of its own; the rule of sin reads its input.
func chain(s *Scope, x Var, k int) Var {
	for range k {
		c := s.Child()
		x = c.Sin(x)
		c.Close(x)
	}
	return x
}

// wrapped runs chain in one scope, so that the values in between are kept for the rules alone.
func wrapped(s *Scope, x Var, k int) Var {
	c := s.Child()
	y := chain(c, x, k)
	c.Close(y)
	return y
}

// The last sweep gives back what it has passed: its own buffers come from there, and the result is the same.
func TestLastSweepGivesBackTheTape(t *testing.T) {
	const n, k = 1 << 12, 8
	run := func(last bool) (g []float64, live int) {
		a := NewArena()
		s := a.Scope(Record, F32)
		defer s.Close()
		x := s.Watch(s.Full(S(n), 0.5))
		y := wrapped(s, x, k)
		before := a.Live()
		e := s.ChildMode(Eval)
		var out [1]Var
		if last {
			e.VJPLast([]Var{y}, []Var{s.Ones(S(n))}, []Var{x}, out[:])
		} else {
			e.VJP([]Var{y}, []Var{s.Ones(S(n))}, []Var{x}, out[:])
		}
		e.Close(out[0])
		testkit.Values(y) // an open scope owns y, so it is kept
		return testkit.Values(out[0]), a.Live() - before
	}
	want, more := run(false)
	got, less := run(true)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("gradient %v, want %v", got[i], want[i])
		}
	}
	if more-less != (k-1)*4*n {
		t.Errorf("%d bytes were given back, want those of %d values between", more-less, k-1)
	}
}

// A recorded tangent or cotangent that no rule on the tape reads is given back during the sweep, not at the end.
func TestRecordedSweepKeepsOnlyWhatIsRead(t *testing.T) {
	const n, k = 1 << 12, 16
	for _, reverse := range []bool{false, true} {
		a := NewArena()
		s := a.Scope(Record, F32)
		x := s.Watch(s.Full(S(n), 0.5))
		one := s.Ones(S(n))
		y := x
		for range k {
			y = s.Scale(y, 1.01) // linear: no rule reads anything
		}
		before := a.Live()
		var out [1]Var
		if reverse {
			s.VJP([]Var{y}, []Var{one}, []Var{x}, out[:])
		} else {
			s.JVP([]Var{x}, []Var{one}, []Var{y}, out[:])
		}
		if got := a.Live() - before; got > 2*4*n {
			t.Errorf("reverse %v: a sweep through %d linear ops keeps %d buffers, want its result", reverse, k, got/(4*n))
		}
		s.Close()
	}
}
