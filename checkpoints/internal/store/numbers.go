package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// numbers are the elements of a tensor in memory, as numbers; encode appends the bytes of some.
type numbers[T float32 | float64 | int64] struct {
	data   []T
	size   int
	encode func(b []byte, part []T) []byte
}

func float32s(data []float32) numbers[float32] {
	return numbers[float32]{data, 4, func(b []byte, part []float32) []byte {
		for _, v := range part {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		return b
	}}
}

func float64s(data []float64) numbers[float64] {
	return numbers[float64]{data, 8, func(b []byte, part []float64) []byte {
		for _, v := range part {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		return b
	}}
}

func int64s(data []int64) numbers[int64] {
	return numbers[int64]{data, 8, func(b []byte, part []int64) []byte {
		for _, v := range part {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
		return b
	}}
}

// Each makes the bytes piece by piece, in order.
func (s numbers[T]) Each(size int, put Put) error {
	buf := Chunks.Get().(*[ChunkSize]byte)
	defer Chunks.Put(buf)
	n := ChunkSize / size
	for at := 0; at < len(s.data); at += n {
		part := s.data[at:min(at+n, len(s.data))]
		put(at, 1, s.encode(buf[:0], part), size, len(part))
	}
	return nil
}

func (s numbers[T]) whole() ([]byte, error) {
	return s.encode(make([]byte, 0, s.size*len(s.data)), s.data), nil
}

// inOrder is a source whose Each goes from the first element to the last and leaves no gaps.
type inOrder interface{ inOrder() }

func (numbers[T]) inOrder() {}
func (Section) inOrder()    {}
func (Sections) inOrder()   {}

// Write writes the elements of t as its Bytes returns them; of a source in order it holds no more than a piece.
func Write(w io.Writer, t *Tensor) error {
	var failed error
	put := func(b []byte) {
		if failed != nil {
			return
		}
		if _, err := w.Write(b); err != nil {
			failed = fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
		}
	}
	if _, ok := t.src.(inOrder); !ok {
		b, err := t.Bytes()
		if err == nil {
			put(b)
		}
		return errors.Join(err, failed)
	}
	size := t.DType.Size()
	if err := Each(t, func(_, _ int, b []byte, _, n int) { put(b[:n*size]) }); failed == nil {
		return err
	}
	return failed
}
