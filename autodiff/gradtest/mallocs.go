package gradtest

import "runtime"

// Mallocs returns the number of heap allocations in a call of step once warm: the change of runtime.MemStats.Mallocs
// over 200 calls with GOMAXPROCS = 2, after 50 calls to warm up. The engine promises less than one; the runtime
// itself makes the rest.
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
