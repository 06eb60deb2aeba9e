package kernel

import "unsafe"

// microKernel multiplies one tile held in registers; see multiply. Strides are in
// bytes, cols is the number of valid columns in the last vector.
type microKernel func(k int, a *float32, si, sk int, b *float32, sb int, c *float32, sc int, cols int, acc bool)

// assembly is the float32 kernels of one instruction set; a nil entry means generic Go.
type assembly struct {
	name       string
	rows, lane int // rows of a GEMM tile, numbers in a vector
	gemm       [13][3]microKernel
	copyRows   [33]func(dst *float32, pitch int, src *float32, off *int, n int)
	copyCols   func(dst *float32, pitch int, src *float32, off *int, quads int, n int)
	addRows    func(dst *float32, pitch int, src *float32, from int, rows, n int)
}

// isSingle reports whether T is float32.
func isSingle[T Float]() bool {
	var z T
	return unsafe.Sizeof(z) == 4
}

// single reinterprets a slice of T, which must be float32.
func single[T Float](x []T) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}
