package checkpoints

import (
	"encoding/binary"
	"fmt"
	"math"

	"tweedie/internal/npy"
)

// Tensor is a named array. Its elements stay on disk until asked for; each access reads them again.
type Tensor struct {
	Name  string
	DType DType
	Shape []int // [] is a scalar

	bytes int64                  // length of the data
	load  func() ([]byte, error) // little-endian, row-major
}

// FromFloat32 returns a tensor of type F32 over data, which is not copied.
func FromFloat32(name string, shape []int, data []float32) *Tensor {
	return &Tensor{name, F32, shape, int64(len(data)) * 4, func() ([]byte, error) {
		b := make([]byte, 0, 4*len(data))
		for _, v := range data {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		return b, nil
	}}
}

// FromFloat64 returns a tensor of type F64 over data, which is not copied.
func FromFloat64(name string, shape []int, data []float64) *Tensor {
	return &Tensor{name, F64, shape, int64(len(data)) * 8, func() ([]byte, error) {
		b := make([]byte, 0, 8*len(data))
		for _, v := range data {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		return b, nil
	}}
}

// FromInt64 returns a tensor of type I64 over data, which is not copied.
func FromInt64(name string, shape []int, data []int64) *Tensor {
	return &Tensor{name, I64, shape, int64(len(data)) * 8, func() ([]byte, error) {
		b := make([]byte, 0, 8*len(data))
		for _, v := range data {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
		return b, nil
	}}
}

// FromBytes returns a tensor over little-endian row-major elements, which are not copied. A state that is not an array
// of numbers, such as that of a random stream, is stored as U8.
func FromBytes(name string, d DType, shape []int, data []byte) *Tensor {
	return &Tensor{name, d, shape, int64(len(data)), func() ([]byte, error) { return data, nil }}
}

// Len returns the number of elements, the product of Shape.
func (t *Tensor) Len() int { return int(t.bytes) / t.DType.Size() }

// Bytes returns the elements as stored, little-endian and row-major. The caller must not change them.
func (t *Tensor) Bytes() ([]byte, error) {
	if t.load == nil {
		return nil, nil
	}
	b, err := t.load()
	if err != nil {
		return nil, fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
	}
	if int64(len(b)) != t.bytes {
		return nil, fmt.Errorf("checkpoints: tensor %q: %d bytes, want %d", t.Name, len(b), t.bytes)
	}
	return b, nil
}

// Float64s returns the elements as float64: exact, but for 64-bit integers beyond 2^53; booleans are 0 and 1.
func (t *Tensor) Float64s() ([]float64, error) {
	b, err := t.Bytes()
	if err != nil {
		return nil, err
	}
	out := make([]float64, t.Len())
	if t.DType == BF16 {
		for i := range out {
			out[i] = float64(bfloat16(binary.LittleEndian.Uint16(b[2*i:])))
		}
		return out, nil
	}
	npy.Float64s(out, dtypes[t.DType].kind, t.DType.Size(), b)
	return out, nil
}

// Float32s returns the elements rounded to float32; exact for F32, F16, BF16 and small integers.
func (t *Tensor) Float32s() ([]float32, error) {
	if t.DType != F32 && t.DType != F16 && t.DType != BF16 {
		wide, err := t.Float64s()
		if err != nil {
			return nil, err
		}
		out := make([]float32, len(wide))
		for i, v := range wide {
			out[i] = float32(v)
		}
		return out, nil
	}
	b, err := t.Bytes()
	if err != nil {
		return nil, err
	}
	out := make([]float32, t.Len())
	switch t.DType {
	case F32:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	case F16:
		for i := range out {
			out[i] = npy.HalfToFloat32(binary.LittleEndian.Uint16(b[2*i:]))
		}
	case BF16:
		for i := range out {
			out[i] = bfloat16(binary.LittleEndian.Uint16(b[2*i:]))
		}
	}
	return out, nil
}

// Int64s returns the elements of an integer or boolean tensor; a U64 beyond 2^63-1 and a tensor of floats are errors.
func (t *Tensor) Int64s() ([]int64, error) {
	if t.DType.IsFloat() {
		return nil, fmt.Errorf("checkpoints: tensor %q is %v, want integers", t.Name, t.DType)
	}
	b, err := t.Bytes()
	if err != nil {
		return nil, err
	}
	out := make([]int64, t.Len())
	size, signed := t.DType.Size(), dtypes[t.DType].kind == 'i'
	for i := range out {
		var word [8]byte
		copy(word[:], b[i*size:(i+1)*size])
		v := int64(binary.LittleEndian.Uint64(word[:]))
		switch shift := 64 - 8*size; {
		case t.DType == BOOL:
			v = min(v, 1)
		case signed:
			v = v << shift >> shift
		case v < 0:
			return nil, fmt.Errorf("checkpoints: tensor %q: element %d, %d, is beyond 2^63-1", t.Name, i, uint64(v))
		}
		out[i] = v
	}
	return out, nil
}
