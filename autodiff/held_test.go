package autodiff_test

import (
	"testing"

	. "tweedie/autodiff"
)

// Memory of one size serves requests of other sizes: for buffers used one after another the arena holds about the
// largest.
func TestArenaHoldsLittleMoreThanItsPeak(t *testing.T) {
	for _, mode := range []Mode{Eval, Plan} {
		a := NewArena()
		for n := 1 << 18; n < 1<<20; n += 60_000 {
			s := a.Scope(mode, F32)
			s.Input(S(n))
			c := s.Child()
			c.Input(S(n / 3))
			c.Close()
			s.Input(S(n / 4))
			s.Close()
		}
		if got := float64(a.Held()) / float64(a.Peak()); got > 1.5 {
			t.Errorf("mode %d: %.2f times the peak is held", mode, got)
		}
		if a.Trim(); a.Held() != 0 {
			t.Errorf("mode %d: %d bytes are held after Trim with nothing in use", mode, a.Held())
		}
	}
}

// A plan takes the same blocks as the run, so it foresees exactly what the run holds.
func TestPlanHoldsWhatTheRunHolds(t *testing.T) {
	held := func(plan Mode) int {
		a := NewArena()
		for range 3 {
			s := a.Scope(Record|plan, F32)
			x := s.Watch(s.Full(S(100, 100), 1.5))
			y := cube(s, []Var{x, x})
			var out [1]Var
			s.JVP([]Var{x}, []Var{s.Ones(S(100, 100))}, []Var{y}, out[:])
			s.ChildMode(Eval).Grad1(s.SumTo(out[0], Shape{}), x)
			s.Close()
		}
		return a.Held()
	}
	if plan, real := held(Plan), held(Eval); plan != real || plan == 0 {
		t.Errorf("planned %d bytes, held %d", plan, real)
	}
}
