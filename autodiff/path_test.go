package autodiff_test

import (
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
)

func TestNestedNamesDoNotAllocate(t *testing.T) {
	a := NewArena()
	step := func() {
		s := a.Scope(Record, F32)
		x := s.Watch(s.Full(S(4), 1))
		for range 3 {
			c := s.Enter("unet")
			d := c.Enter("down")
			e := d.Enter("conv")
			y := e.Tanh(e.Mul(x, x))
			e.Close(y)
			d.Close(y)
			c.Close(y)
			x = y
		}
		s.Close()
	}
	testkit.NoMallocs(t, "a step of nested scopes", step)
}
