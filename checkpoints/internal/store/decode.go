package store

import (
	"encoding/binary"
	"math"

	"tweedie/internal/npy"
)

// Decode converts n elements at b, b[gap:] ... to dst[at], dst[at+step] ...
func Decode[T float32 | float64](dst []T, at, step int, d DType, b []byte, gap, n int) {
	le := binary.LittleEndian
	switch d {
	case F32:
		if step == 1 && gap == 4 {
			b = b[:4*n]
			for i := range dst[at : at+n] {
				dst[at+i] = T(math.Float32frombits(le.Uint32(b[4*i : 4*i+4])))
			}
			return
		}
		for i := range n {
			dst[at+i*step] = T(math.Float32frombits(le.Uint32(b[i*gap:])))
		}
	case F16:
		for i := range n {
			dst[at+i*step] = T(npy.HalfToFloat32(le.Uint16(b[i*gap:])))
		}
	case BF16:
		for i := range n {
			dst[at+i*step] = T(bfloat16(le.Uint16(b[i*gap:])))
		}
	case F8E4M3, F8E5M2:
		table := narrow[d]
		for i := range n {
			dst[at+i*step] = T(table[b[i*gap]])
		}
	default:
		var raw [4096]byte
		var wide [512]float64
		kind, size := dtypes[d].kind, d.Size()
		for i := 0; i < n; i += len(wide) {
			k := min(len(wide), n-i)
			for j := range k {
				copy(raw[j*size:(j+1)*size], b[(i+j)*gap:])
			}
			npy.Float64s(wide[:k], kind, size, raw[:k*size])
			for j, v := range wide[:k] {
				dst[at+(i+j)*step] = T(v)
			}
		}
	}
}
