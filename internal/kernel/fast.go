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
	gemmFar    microKernel // of a whole tile, for an A that is in no cache of this processor
	copyRows   [33]func(dst *float32, pitch int, src *float32, off *int, n int)
	copyCols   func(dst *float32, pitch int, src *float32, off *int, quads int, n int)
	addRows    func(dst *float32, pitch int, src *float32, from int, rows, n int)
	copyBlock  func(dst *float32, pitch int, src *float32, from int, rows, n int, add float32)
	wino       [4]winoKernels // of F(2x2,3x3), F(4x4,3x3), doubling and halving

	unary              [unaryOps]func(dst, x *float32, n int)
	binary             [binaryOps]func(dst, a, b *float32, n int)
	affine, affineSilu func(dst, x *float32, n int, mul, add float32)
	siluBack           func(dst, a, x *float32, n int, mul, add, scale float32)
	siluCurve          func(dst, al, a, x *float32, n int, mul, add float32)
	combine            func(dst, x, y *float32, n int, p, q, add float32)
	clamp              func(dst, x *float32, n int, lo, hi float32)
	axpy               func(y, x *float32, n int, a float32)
	fill               func(dst *float32, n int, value float32)
	where              func(dst, mask, a, b *float32, n int)
	adam               func(p, g, m, v *float32, n int, k *[8]float32)

	// These need n to be a positive multiple of stride.
	sum     func(x *float32, n int) float32
	largest func(x *float32, n int) float32
	moments func(x *float32, n int, shift float32) (sum, squares float32)
	sumWide func(x *float32, n int) float64
	dotWide func(x, y *float32, n int) float64
	mix     func(e *float64, p *float32, n int, beta, alpha float64)

	expSum func(dst, x *float32, n int, shift float32) float32 // any n

	columns columnKernels
}

// stride is a multiple of what every reduction in assembly does at a turn.
const stride = 64

// isSingle reports whether T is float32.
func isSingle[T Float]() bool {
	var z T
	return unsafe.Sizeof(z) == 4
}

// single reinterprets a slice of T, which must be float32.
func single[T Float](x []T) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// quick reports whether a slice of n elements of T may go to assembly.
func quick[T Float](n int) bool { return isSingle[T]() && fast.rows > 0 && n > 0 }

// first returns the address of x[0], x of float32.
func first[T Float](x []T) *float32 { return (*float32)(unsafe.Pointer(unsafe.SliceData(x))) }
