package main

import "syscall"

// peakRSS is the largest resident size of the process so far, in MiB.
func peakRSS() int {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return int(u.Maxrss / 1024)
}
