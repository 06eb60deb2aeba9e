// Package kernel holds the loops over slices that everything else is made of.
//
// Every kernel is generic over float32 and float64 in plain Go; on amd64 the
// float32 ones have AVX2 and AVX-512 assembly, chosen when the program starts
// (see Path). All arrays are contiguous and row-major, sizes are in elements.
//
// Work is cut into blocks of fixed size and done through package par, and sums
// follow a tree that depends on the length summed alone, so a result never
// depends on GOMAXPROCS, and never on how many samples are in the batch:
//
//	sum(x[0:n]) = tree(leaf(x[0:b]), leaf(x[b:2b]), ...)
//	C[i,j]      = ((A[i,0:kc] B[0:kc,j]) + A[i,kc:2kc] B[kc:2kc,j]) + ...
//
// After warm-up nothing here allocates: jobs and scratch come from free lists.
// A slice of the wrong length is a *SizeError, raised as a panic.
package kernel

import "fmt"

// Float is the element type of a kernel.
type Float interface{ float32 | float64 }

// SizeError is the panic of a kernel given a slice of the wrong length.
type SizeError struct {
	Op, Arg   string
	Got, Want int
}

// Error says which argument of which kernel has which length, and the right one.
func (e *SizeError) Error() string {
	return fmt.Sprintf("kernel.%s: len(%s) = %d, want %d", e.Op, e.Arg, e.Got, e.Want)
}

// sized panics with a *SizeError unless got is want.
func sized(op, arg string, got, want int) {
	if got != want {
		panic(&SizeError{op, arg, got, want})
	}
}

// ArgError is the panic of a kernel given an argument that makes no sense.
type ArgError struct{ Op, Msg string }

// Error says what was wrong.
func (e *ArgError) Error() string { return "kernel." + e.Op + ": " + e.Msg }
