//go:build !linux

package plan

// PeakRSS returns 0, because this system does not tell.
func PeakRSS() int { return 0 }
