package autodiff_test

import (
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
)

// TestOpsDoNotAllocate runs every row forward, reverse and forward over reverse, warm.
func TestOpsDoNotAllocate(t *testing.T) {
	for _, c := range rowsA() {
		a := NewArena()
		x, ones, g := make([]Var, len(c.In)), make([]Var, len(c.In)), make([]Var, len(c.In))
		step := func() {
			s := a.Scope(Record, F32)
			for i, sh := range c.In {
				x[i] = s.Watch(s.Full(sh, 0.7))
				ones[i] = s.Ones(sh)
			}
			y := [1]Var{c.F(s, x)}
			ct, out := [1]Var{s.Ones(y[0].Shape())}, [1]Var{}
			s.VJP(y[:], ct[:], x, g)
			s.JVP(x, ones, y[:], out[:])
			e := s.ChildMode(Eval)
			e.JVP(x, ones, g, g)
			e.Close()
			s.Close()
		}
		testkit.NoMallocs(t, c.Name, step)
	}
}
