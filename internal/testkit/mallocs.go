package testkit

import (
	"runtime"
	"testing"
)

// Mallocs returns the number of heap allocations in a call of step once warm: the change of
// runtime.MemStats.Mallocs over 200 calls with GOMAXPROCS = 2, after 50 calls to warm up.
func Mallocs(step func()) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for range 50 {
		step()
	}
	const n = 200
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		step()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / n
}

// NoMallocs fails t unless a warm call of step makes less than one allocation. The engine makes none; the limit
// leaves room for the runtime's own.
func NoMallocs(t testing.TB, what string, step func()) {
	t.Helper()
	per := Mallocs(step)
	t.Logf("%s: %.3f allocations a step", what, per)
	if per >= 1 {
		t.Errorf("%s allocates %.2f times a step, want none", what, per)
	}
}
