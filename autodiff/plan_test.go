package autodiff_test

import (
	"errors"
	"strings"
	"testing"

	. "tweedie/autodiff"
)

// blocks stands in for a network whose blocks call Remat under RematBlock.
func blocks(s *Scope, x Var, k int) Var {
	for range k {
		if s.Policy() == RematNone {
			x = wrapped(s, x, 4)
		} else {
			x = s.Remat(func(s *Scope, in []Var) Var { return wrapped(s, in[0], 4) }, nil, x)
		}
	}
	return x
}

func TestChooseTakesTheFastestThatFits(t *testing.T) {
	run := func(a *Arena, p Policy) {
		s := a.Scope(Record, F32)
		defer s.Close()
		s.SetPolicy(p)
		x := s.Watch(s.Full(S(1<<12), 0.5))
		s.Child().ChildMode(Eval).Grad1(s.SumAll(blocks(s.Child(), x, 6)), x)
	}
	need := func(p Policy) int {
		f, err := Foresee(func(a *Arena) { run(a, p) })
		if err != nil {
			t.Fatal(err)
		}
		a := NewArena()
		run(a, p)
		run(a, p)
		if a.Peak() != f.Peak || a.Held() != f.Held {
			t.Errorf("%v: foreseen %+v, the run had a peak of %d and held %d", p, f, a.Peak(), a.Held())
		}
		return f.Held
	}
	none, block := need(RematNone), need(RematBlock)
	if block >= none*2/3 {
		t.Errorf("computing blocks again takes %d bytes, not doing so %d", block, none)
	}
	for budget, want := range map[int]Policy{none: RematNone, none - 1: RematBlock, block: RematBlock} {
		if p, f, err := Choose(budget, run); p != want || err != nil || f.Held > budget {
			t.Errorf("within %d: %v, %+v, %v; want %v", budget, p, f, err, want)
		}
	}
	if p, f, err := Choose(block-1, run); err == nil || p != RematBlock || f.Held != block || !strings.Contains(err.Error(), "at least") {
		t.Errorf("within %d: %v, %+v, %v; want an error and what block takes", block-1, p, f, err)
	}
}

// A planner runs no kernel: values do not exist, and misuse of ops is an error.
func TestPlannerComputesNothing(t *testing.T) {
	s := NewPlanner().Scope(Record, F64)
	if s.Mode() != PlanRecord || s.ChildMode(Eval).Mode() != Plan {
		t.Errorf("modes %v and %v", s.Mode(), s.ChildMode(Eval).Mode())
	}
	var err error
	func() {
		defer Catch(&err)
		s.Ones(S(2)).Scalar()
	}()
	var v *ValueError
	if !errors.As(err, &v) {
		t.Errorf("reading a value gave %v", err)
	}
	var shape *ShapeError
	if _, err = Foresee(func(a *Arena) {
		s := a.Scope(Eval, F32)
		s.Add(s.Ones(S(2)), s.Ones(S(3)))
	}); !errors.As(err, &shape) {
		t.Errorf("misuse gave %v", err)
	}
}
