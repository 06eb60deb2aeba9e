package autodiff_test

import (
	"runtime"
	"testing"

	. "tweedie/autodiff"
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
	for range 10 {
		step()
	}
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	for range 200 {
		step()
	}
	runtime.ReadMemStats(&m1)
	if per := float64(m1.Mallocs-m0.Mallocs) / 200; per >= 1 {
		t.Errorf("%.2f allocations a step", per)
	}
}
