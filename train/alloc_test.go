package train

import (
	"context"
	"runtime"
	"testing"
)

// TestWarmStepsDoNotAllocate counts allocations between two steps of one run, so that its beginning and end do not
// count.
func TestWarmStepsDoNotAllocate(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	n := newToy()
	n.order.n = 1 << 16 // a new epoch's permutation allocates
	c := toyConfig()
	c.Steps, c.SaveEvery, c.EvalEvery = 260, 0, 0
	s := n.setup(c, t.TempDir())
	s.Stats = ""
	var from, to runtime.MemStats
	s.Progress = func(p Progress) {
		switch p.Step {
		case 50:
			runtime.ReadMemStats(&from)
		case 250:
			runtime.ReadMemStats(&to)
		}
	}
	if _, err := mustNew(t, s).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if per := float64(to.Mallocs-from.Mallocs) / 200; per >= 1 {
		t.Errorf("%.2f allocations a step, want below one", per)
	}
}
