package npy

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Components is how many real numbers an element is: 2 for complex, else 1.
func (h Header) Components() int {
	if h.Kind == 'c' {
		return 2
	}
	return 1
}

// Float64s decodes little-endian elements of src into dst; complex numbers as re, im. 64-bit integers beyond 2^53 are
// rounded, booleans are 0 and 1. It panics unless src holds len(dst) numbers, or when the type is not one that parses.
func Float64s(dst []float64, kind byte, size int, src []byte) {
	if kind == 'c' {
		kind, size = 'f', size/2
	}
	if len(src) != len(dst)*size {
		panic(fmt.Sprintf("npy: %d bytes for %d numbers of %d", len(src), len(dst), size))
	}
	le := binary.LittleEndian
	var get func(b []byte) float64
	switch fmt.Sprintf("%c%d", kind, size) {
	case "f2":
		get = func(b []byte) float64 { return float64(HalfToFloat32(le.Uint16(b))) }
	case "f4":
		get = func(b []byte) float64 { return float64(math.Float32frombits(le.Uint32(b))) }
	case "f8":
		get = func(b []byte) float64 { return math.Float64frombits(le.Uint64(b)) }
	case "i1":
		get = func(b []byte) float64 { return float64(int8(b[0])) }
	case "i2":
		get = func(b []byte) float64 { return float64(int16(le.Uint16(b))) }
	case "i4":
		get = func(b []byte) float64 { return float64(int32(le.Uint32(b))) }
	case "i8":
		get = func(b []byte) float64 { return float64(int64(le.Uint64(b))) }
	case "u1":
		get = func(b []byte) float64 { return float64(b[0]) }
	case "u2":
		get = func(b []byte) float64 { return float64(le.Uint16(b)) }
	case "u4":
		get = func(b []byte) float64 { return float64(le.Uint32(b)) }
	case "u8":
		get = func(b []byte) float64 { return float64(le.Uint64(b)) }
	case "b1":
		get = func(b []byte) float64 { return float64(min(b[0], 1)) }
	default:
		panic(fmt.Sprintf("npy: element type %c%d", kind, size))
	}
	for i := range dst {
		dst[i] = get(src[i*size:])
	}
}

// HalfToFloat32 widens an IEEE 754 binary16; exact.
func HalfToFloat32(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&0x3ff)
	switch exp {
	case 0: // zero or subnormal: frac * 2^-24
		f := float32(frac) * 0x1p-24
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}

// Float32ToHalf rounds to the nearest binary16, ties to even; beyond 65504 + 16 it is an infinity.
func Float32ToHalf(f float32) uint16 {
	b := math.Float32bits(f)
	sign, b := uint16(b>>16&0x8000), b&0x7fffffff
	switch {
	case b > 0xff<<23: // NaN keeps its upper payload and stays one
		return sign | 0x7e00 | uint16(b>>13&0x3ff)
	case b >= 0x477ff000: // 65520 rounds to 2^16
		return sign | 0x7c00
	case b < 0x38800000: // below 2^-14: a subnormal, in units of 2^-24
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(b))*0x1p24))
	}
	b += 0xfff + b>>13&1 // a carry moves into the exponent, as it should
	return sign | uint16(b>>13-(127-15)<<10)
}
