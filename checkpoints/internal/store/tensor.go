package store

import (
	"encoding/binary"
	"fmt"
)

// Tensor holds a named array. The elements of one that was read from a file stay there until asked for, and each access
// reads them again.
type Tensor struct {
	Name    string
	DType   DType
	Shape   []int // [] is a scalar
	Complex bool  // the file holds complex numbers: (re, im) along the last axis, which is 2; files do not keep it
	Image   *int  // of an image of FITS, the number of its header, from 0; nil for anything else

	bytes int64  // length of the data
	src   Source // nil when there are none
}

// New returns a tensor over a source, which yields that many bytes.
func New(name string, d DType, shape []int, bytes int64, src Source) *Tensor {
	return &Tensor{Name: name, DType: d, Shape: shape, bytes: bytes, src: src}
}

// Bytes returns the length of the data of t.
func Bytes(t *Tensor) int64 { return t.bytes }

// SourceOf returns where the elements of t come from, nil when it has none.
func SourceOf(t *Tensor) Source { return t.src }

// FromFloat32 returns a tensor of type F32 over data, which is not copied.
func FromFloat32(name string, shape []int, data []float32) *Tensor {
	return &Tensor{Name: name, DType: F32, Shape: shape, bytes: int64(len(data)) * 4, src: float32s(data)}
}

// FromFloat64 returns a tensor of type F64 over data, which is not copied.
func FromFloat64(name string, shape []int, data []float64) *Tensor {
	return &Tensor{Name: name, DType: F64, Shape: shape, bytes: int64(len(data)) * 8, src: float64s(data)}
}

// FromInt64 returns a tensor of type I64 over data, which is not copied.
func FromInt64(name string, shape []int, data []int64) *Tensor {
	return &Tensor{Name: name, DType: I64, Shape: shape, bytes: int64(len(data)) * 8, src: int64s(data)}
}

// FromBytes returns a tensor over little-endian row-major elements, which are not copied. A state that is not an array
// of numbers, such as that of a random stream, is stored as U8.
func FromBytes(name string, d DType, shape []int, data []byte) *Tensor {
	return &Tensor{Name: name, DType: d, Shape: shape, bytes: int64(len(data)), src: Memory(data)}
}

// Len returns the number of elements, the product of Shape.
func (t *Tensor) Len() int { return int(t.bytes) / t.DType.Size() }

// Each passes the elements of t on, and finds out when there are more or fewer than there should be.
func Each(t *Tensor, put Put) error {
	if t.src == nil {
		return nil
	}
	size, n := t.DType.Size(), 0
	err := t.src.Each(size, func(at, step int, b []byte, gap, k int) {
		if n += k; n <= t.Len() {
			put(at, step, b, gap, k)
		}
	})
	if err == nil && n != t.Len() {
		err = fmt.Errorf("%d elements, want %d", n, t.Len())
	}
	if err != nil {
		return fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
	}
	return nil
}

// Bytes returns the elements as stored, little-endian and row-major. The caller must not change them.
func (t *Tensor) Bytes() ([]byte, error) {
	size := t.DType.Size()
	if w, ok := t.src.(interface{ whole() ([]byte, error) }); ok {
		b, err := w.whole()
		if err == nil && int64(len(b)) != t.bytes {
			err = fmt.Errorf("%d bytes, want %d", len(b), t.bytes)
		}
		if err != nil {
			return nil, fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
		}
		return b, nil
	}
	out := make([]byte, t.bytes)
	return out, Each(t, func(at, step int, b []byte, gap, n int) {
		if step == 1 && gap == size {
			copy(out[at*size:], b[:n*size])
			return
		}
		for ; n > 0; n, at, b = n-1, at+step, b[min(gap, len(b)):] {
			copy(out[at*size:(at+1)*size], b)
		}
	})
}

// Float64s returns the elements as float64: exact, but for 64-bit integers beyond 2^53; booleans are 0 and 1.
func (t *Tensor) Float64s() ([]float64, error) {
	out := make([]float64, t.Len())
	return out, Each(t, func(at, step int, b []byte, gap, n int) { Decode(out, at, step, t.DType, b, gap, n) })
}

// Float32s returns the elements rounded to float32; exact for F32, F16, BF16 and small integers.
func (t *Tensor) Float32s() ([]float32, error) {
	out := make([]float32, t.Len())
	return out, t.ReadFloat32s(out)
}

// ReadFloat32s writes the elements, rounded as by Float32s, into dst, which must have t.Len() elements. It takes no
// memory in proportion to them. After an error dst holds some of the elements.
func (t *Tensor) ReadFloat32s(dst []float32) error {
	if len(dst) != t.Len() {
		return fmt.Errorf("checkpoints: tensor %q has %d elements, there is room for %d", t.Name, t.Len(), len(dst))
	}
	return Each(t, func(at, step int, b []byte, gap, n int) { Decode(dst, at, step, t.DType, b, gap, n) })
}

// Int64s returns the elements of an integer or boolean tensor. It returns an error for a tensor of floats, and for a
// U64 beyond 2^63-1.
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

// Verify reads all of t once and keeps nothing, or has a source that can do more than that look at itself.
func Verify(t *Tensor) error {
	v, ok := t.src.(interface{ Verify() error })
	if !ok {
		return Each(t, func(int, int, []byte, int, int) {})
	}
	if err := v.Verify(); err != nil {
		return fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
	}
	return nil
}
