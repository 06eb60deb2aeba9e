package store

import (
	"math"

	"tweedie/internal/npy"
)

// bfloat16 is the upper half of a float32.
func bfloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// narrow converts the element types of one byte.
var narrow = map[DType]*[256]float32{F8E4M3: new([256]float32), F8E5M2: new([256]float32)}

func init() {
	for i := range 256 {
		narrow[F8E5M2][i] = npy.HalfToFloat32(uint16(i) << 8)
		narrow[F8E4M3][i] = float8(uint8(i))
	}
}

// float8 reads 1 bit of sign, 4 of the exponent with bias 7, and 3 of the mantissa. All bits set but the sign is NaN; there is
// no infinity.
func float8(b uint8) float32 {
	exponent, mantissa := int(b>>3&15), float64(b&7)
	v := math.Ldexp(8+mantissa, exponent-7-3)
	switch {
	case b&0x7f == 0x7f:
		v = math.NaN()
	case exponent == 0:
		v = math.Ldexp(mantissa, 1-7-3)
	}
	if b >= 0x80 {
		v = math.Copysign(v, -1)
	}
	return float32(v)
}
