package plan

import "runtime"

// PeakMemory returns the most memory that the process had so far, in MiB; where the system does not tell, what the
// process has from it now.
func PeakMemory() int {
	if n := PeakRSS(); n > 0 {
		return n
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.Sys >> 20)
}
