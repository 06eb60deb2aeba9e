package autodiff_test

import (
	"slices"
	"testing"

	. "tweedie/autodiff"
)

func TestTraceNamesModuleAndRule(t *testing.T) {
	a := NewArena()
	s := a.Scope(Record, F32)
	defer s.Close()
	x := s.Watch(s.Full(S(2), 3))
	var seen []string
	a.Trace(func(c *Call, module string) { seen = append(seen, module+":"+c.Op().Name) })
	n := s.Enter("net")
	c := n.Enter("conv1")
	y := c.Mul(x, x)
	c.Close(y)
	n.Close(y)
	s.Grad1(s.SumAll(y), x)
	a.Trace(nil)
	n0 := len(seen)
	s.Add(x, x)
	for _, want := range []string{"net.conv1:mul", "d(net.conv1.mul):mul"} {
		if !slices.Contains(seen, want) {
			t.Errorf("the trace %q lacks %q", seen, want)
		}
	}
	if len(seen) != n0 {
		t.Errorf("the trace went on after its end: %q", seen)
	}
}
