package gradtest

import "runtime"

// Mallocs is the number of heap allocations that a call of step makes once warm: the change of
// runtime.MemStats.Mallocs over 200 calls with GOMAXPROCS = 2, after 50 calls to warm up. The engine's promise is
// below one; what remains are the runtime's own.
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
