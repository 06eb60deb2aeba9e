package checkpoints

import (
	"fmt"
	"io"
	"sync"
)

// source yields the elements of a tensor in pieces, in any order, each element once.
type source interface {
	each(size int, put put) error // size: bytes of an element
}

// put takes n elements at b, b[gap:], b[2*gap:] ..., little-endian, that belong at, at+step, at+2*step ... in row-major
// order. It must not keep b.
type put func(at, step int, b []byte, gap, n int)

// memory is data at hand, lazy is data made by a function: little-endian and row-major.
type (
	memory []byte
	lazy   func() ([]byte, error)
)

func (m memory) whole() ([]byte, error) { return m, nil }
func (l lazy) whole() ([]byte, error)   { return l() }

func (m memory) each(size int, put put) error {
	put(0, 1, m, size, len(m)/size)
	return nil
}

func (l lazy) each(size int, put put) error {
	b, err := l()
	if err != nil {
		return err
	}
	return memory(b).each(size, put)
}

// section is n bytes of a file, little-endian and row-major.
type section struct {
	r      io.ReaderAt
	off, n int64
}

func (s section) each(size int, put put) error {
	return s.chunks(func(at int64, b []byte) error {
		put(int(at)/size, 1, b, size, len(b)/size)
		return nil
	})
}

const chunkSize = 1 << 18 // a multiple of every element size

var chunkPool = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// chunks reads the section from its beginning to its end; at counts from its beginning. use may change b.
func (s section) chunks(use func(at int64, b []byte) error) error {
	buf := chunkPool.Get().(*[chunkSize]byte)
	defer chunkPool.Put(buf)
	for at := int64(0); at < s.n; at += chunkSize {
		b := buf[:min(chunkSize, s.n-at)]
		if err := readFull(s.r, b, s.off+at); err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", at, s.n, err)
		}
		if err := use(at, b); err != nil {
			return err
		}
	}
	return nil
}

// all reads the section into memory.
func (s section) all() ([]byte, error) {
	b := make([]byte, s.n)
	return b, readFull(s.r, b, s.off)
}

// readFull fills b from an offset, and takes a short read for an error. It reads pieces of chunkSize, because a system call
// that reads gigabytes from a slow disk holds back a signal that should end the process.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	for len(b) > 0 {
		piece := b[:min(chunkSize, len(b))]
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

// sections are parts of a file that follow each other in an array, each of whole elements.
type sections []section

func (s sections) each(size int, put put) error {
	base := 0
	for _, part := range s {
		err := part.each(size, func(at, step int, b []byte, gap, n int) { put(base+at, step, b, gap, n) })
		if err != nil {
			return err
		}
		base += int(part.n) / size
	}
	return nil
}
