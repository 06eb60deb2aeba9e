package store

import "fmt"

// DType names the element type of a stored tensor, in the words of safetensors.
type DType uint8

// The element types that can be read and written.
const (
	F64 DType = iota + 1
	F32
	F16
	BF16
	I64
	I32
	I16
	I8
	U64
	U32
	U16
	U8
	BOOL
	F8E4M3 // torch's float8_e4m3fn: 1 sign, 4 exponent, 3 mantissa bits, no infinities
	F8E5M2 // the upper half of an F16
)

// dtypes holds, for each DType, its name and how numpy calls it: kind and bytes (BF16 and the F8 have no such name).
var dtypes = [...]struct {
	name string
	kind byte
	size int
}{
	F64: {"F64", 'f', 8}, F32: {"F32", 'f', 4}, F16: {"F16", 'f', 2}, BF16: {"BF16", 0, 2},
	I64: {"I64", 'i', 8}, I32: {"I32", 'i', 4}, I16: {"I16", 'i', 2}, I8: {"I8", 'i', 1},
	U64: {"U64", 'u', 8}, U32: {"U32", 'u', 4}, U16: {"U16", 'u', 2}, U8: {"U8", 'u', 1}, BOOL: {"BOOL", 'b', 1},
	F8E4M3: {"F8_E4M3", 0, 1}, F8E5M2: {"F8_E5M2", 0, 1},
}

func (d DType) valid() bool { return d >= F64 && d <= F8E5M2 }

// String returns the name used in files, such as F32.
func (d DType) String() string {
	if !d.valid() {
		return fmt.Sprintf("DType(%d)", uint8(d))
	}
	return dtypes[d].name
}

// Size returns the number of bytes of an element. It panics when d is none of the constants.
func (d DType) Size() int {
	if !d.valid() {
		panic(fmt.Sprintf("checkpoints: Size of %v", d))
	}
	return dtypes[d].size
}

// IsFloat reports whether d is F64, F32, F16, BF16, F8E4M3 or F8E5M2.
func (d DType) IsFloat() bool { return d >= F64 && d <= BF16 || d >= F8E4M3 && d <= F8E5M2 }

// DTypeNamed returns the type of that name, 0 when there is none.
func DTypeNamed(name string) DType {
	for d := F64; d.valid(); d++ {
		if dtypes[d].name == name {
			return d
		}
	}
	return 0
}

// NumpyKind returns the letter that numpy has for the kind of d; 0 for BF16 and the F8, which numpy lacks.
func NumpyKind(d DType) byte { return dtypes[d].kind }

// NumpyDType returns the type of numpy's kind with elements of size bytes, 0 when there is none.
func NumpyDType(kind byte, size int) DType {
	for d := F64; d.valid(); d++ {
		if dtypes[d].kind == kind && dtypes[d].size == size {
			return d
		}
	}
	return 0
}
