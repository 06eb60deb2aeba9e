// Package numpy reads and writes numpy's arrays, one in a file (npy) or several in an archive (npz).
package numpy

import (
	"bytes"
	"fmt"
	"io"

	"tweedie/checkpoints/internal/store"
	"tweedie/internal/npy"
)

// Equinox says what to do with a file of Equinox, whose arrays follow each other without names.
const Equinox = "its leaves have no names; in Python, load it and save the arrays with numpy.savez, under the names of the parameters"

// Is reports whether a file begins as an array does.
func Is(head []byte) bool { return bytes.HasPrefix(head, []byte(npy.Magic)) }

// Read reads a single array, named as numpy.savez names the first one.
func Read(r io.ReaderAt, size int64) (*store.Contents, error) {
	h, err := npy.ReadHeader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	if have := size - h.Offset; have != h.Bytes() {
		next := make([]byte, 6)
		if have > h.Bytes() && store.ReadFull(r, next, h.Offset+h.Bytes()) == nil && string(next) == "\x93NUMPY" {
			return nil, fmt.Errorf("npy: arrays follow each other, as Equinox writes them: %s", Equinox)
		}
		return nil, fmt.Errorf("npy: %s of shape %v takes %d bytes, the file has %d after its header", h.Type(), h.Shape, h.Bytes(), have)
	}
	raw := store.Section{R: r, Off: h.Offset, N: h.Bytes()}
	c := &store.Contents{Format: "npy"}
	return c, c.Add(Tensor("arr_0", h, func() ([]byte, error) {
		b, err := raw.All()
		if err != nil {
			return nil, err
		}
		return npy.Normalize(h, b), nil
	}))
}

// Arrays of an archive may expand to freeExpand bytes, or to mostExpand times its size; the shapes of larger ones are known, and not their
// numbers.
const (
	freeExpand = 64 << 20
	mostExpand = 100
)

// ReadArchive reads an archive of arrays, by their names in it.
func ReadArchive(r io.ReaderAt, size int64) (*store.Contents, error) {
	entries, err := npy.Archive(r, size)
	if err != nil {
		return nil, err
	}
	c := &store.Contents{Format: "npz"}
	most := max(freeExpand, mostExpand*size)
	left := most
	for _, e := range entries {
		load := e.Body
		if left -= e.Header.Bytes(); left < 0 {
			load = func() ([]byte, error) {
				return nil, fmt.Errorf("npz: up to %q the arrays expand to more than %d bytes, the limit for a file of %d; save them uncompressed (numpy.savez)", e.Name, most, size)
			}
		}
		if err := c.Add(Tensor(e.Name, e.Header, load)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Tensor names the element type of an array and reads it by load; a complex array gets a last axis of 2 and is marked as Complex.
func Tensor(name string, h npy.Header, load func() ([]byte, error)) *store.Tensor {
	shape, kind, size := h.Shape, h.Kind, h.Size
	if kind == 'c' {
		shape, kind, size = append(shape[:len(shape):len(shape)], 2), 'f', size/2
	}
	t := store.New(name, store.NumpyDType(kind, size), shape, h.Bytes(), store.Lazy(load))
	t.Complex = h.Kind == 'c'
	return t
}
