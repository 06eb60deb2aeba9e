package store

import (
	"fmt"
	"io"
	"sync"
)

// Section is N bytes of a file, little-endian and row-major.
type Section struct {
	R      io.ReaderAt
	Off, N int64
}

// Each reads the section in pieces.
func (s Section) Each(size int, put Put) error {
	return s.Chunks(func(at int64, b []byte) error {
		put(int(at)/size, 1, b, size, len(b)/size)
		return nil
	})
}

// ChunkSize is the bytes that are read at once, a multiple of every element size.
const ChunkSize = 1 << 18

// Chunks lends memory of that size.
var Chunks = sync.Pool{New: func() any { return new([ChunkSize]byte) }}

// Chunks reads the section from its beginning to its end; at counts from its beginning. use may change b.
func (s Section) Chunks(use func(at int64, b []byte) error) error {
	buf := Chunks.Get().(*[ChunkSize]byte)
	defer Chunks.Put(buf)
	for at := int64(0); at < s.N; at += ChunkSize {
		b := buf[:min(ChunkSize, s.N-at)]
		if err := ReadFull(s.R, b, s.Off+at); err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", at, s.N, err)
		}
		if err := use(at, b); err != nil {
			return err
		}
	}
	return nil
}

// All reads the section into memory.
func (s Section) All() ([]byte, error) {
	b := make([]byte, s.N)
	return b, ReadFull(s.R, b, s.Off)
}

// ReadFull fills b from an offset, and takes a short read for an error. It reads pieces of ChunkSize, because a system call
// that reads gigabytes from a slow disk holds back a signal that should end the process.
func ReadFull(r io.ReaderAt, b []byte, off int64) error {
	for len(b) > 0 {
		piece := b[:min(ChunkSize, len(b))]
		n, err := r.ReadAt(piece, off)
		switch {
		case n == len(piece):
		case err == nil || err == io.EOF:
			return io.ErrUnexpectedEOF
		default:
			return err
		}
		b, off = b[n:], off+int64(n)
	}
	return nil
}

// Sections are parts of a file that follow each other in an array, each of whole elements.
type Sections []Section

// Each reads one part after the other.
func (s Sections) Each(size int, put Put) error {
	base := 0
	for _, part := range s {
		err := part.Each(size, func(at, step int, b []byte, gap, n int) { put(base+at, step, b, gap, n) })
		if err != nil {
			return err
		}
		base += int(part.N) / size
	}
	return nil
}
