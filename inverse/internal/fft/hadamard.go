package fft

import "math"

// Hadamard sets x = H x for the Walsh-Hadamard matrix H of N = len(x) = 2^p rows in natural order, divided by sqrt(N),
//
//	H_kx = (-1)^popcount(k & x) / sqrt(N),
//
// which is symmetric and its own inverse. It takes N log2 N additions. For a plane of rows and columns that are powers of
// two, stored row by row, H is the product of the transforms along both.
func Hadamard(x []float64) {
	for step := 1; step < len(x); step *= 2 {
		for first := 0; first < len(x); first += 2 * step {
			a, b := x[first:][:step], x[first+step:][:step]
			for i := range a {
				a[i], b[i] = a[i]+b[i], a[i]-b[i]
			}
		}
	}
	g := 1 / math.Sqrt(float64(len(x)))
	for i := range x {
		x[i] *= g
	}
}
