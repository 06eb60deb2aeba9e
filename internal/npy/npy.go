// Package npy reads and writes numpy's array files, and archives of them.
//
//	npy = "\x93NUMPY" major minor length header body      length: uint16 (version 1) or uint32 (2, 3), little-endian
//	header = {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}   a Python dict literal, padded with spaces
//	npz = zip of name.npy, stored or deflated
//
// The header is read by a grammar written out by hand and never evaluated; it knows exactly those three keys. Numbers
// (kinds f i u b c) are read, objects, records, strings and dates are refused. The body must have the length that the
// shape says, to the byte; sizes are multiplied with overflow checks and compared with the bytes at hand before memory
// is taken. Whatever is in the file, Body is little-endian and row-major.
package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// Magic is how every npy file begins.
const Magic = "\x93NUMPY"

const (
	maxHeader = 1 << 16 // bytes of header text; numpy itself refuses above 10,000
	maxRank   = 32
)

// Header describes an array: element kind and size, layout, shape.
type Header struct {
	Kind    byte  // f float, i int, u unsigned, b bool, c complex
	Size    int   // bytes of an element
	Big     bool  // stored big-endian
	Fortran bool  // stored column-major
	Shape   []int // () is a scalar
	Count   int   // number of elements
	Offset  int64 // of the body in the file
}

// Bytes is the length of the body.
func (h Header) Bytes() int64 { return int64(h.Count) * int64(h.Size) }

// Type is the element type in numpy's words, such as float32.
func (h Header) Type() string {
	switch h.Kind {
	case 'f':
		return fmt.Sprintf("float%d", 8*h.Size)
	case 'c':
		return fmt.Sprintf("complex%d", 8*h.Size)
	case 'i':
		return fmt.Sprintf("int%d", 8*h.Size)
	case 'u':
		return fmt.Sprintf("uint%d", 8*h.Size)
	}
	return "bool"
}

// ReadHeader reads up to the body.
func ReadHeader(r io.Reader) (Header, error) {
	var fixed [12]byte
	if _, err := io.ReadFull(r, fixed[:10]); err != nil {
		return Header{}, fmt.Errorf("npy: the file ends inside the first 10 bytes")
	}
	if string(fixed[:6]) != Magic {
		return Header{}, fmt.Errorf("npy: the file begins with %q, want %q", fixed[:6], Magic)
	}
	n, used := uint32(binary.LittleEndian.Uint16(fixed[8:])), int64(10)
	switch {
	case fixed[7] != 0 || fixed[6] < 1 || fixed[6] > 3:
		return Header{}, fmt.Errorf("npy: format version %d.%d; versions 1.0, 2.0 and 3.0 can be read", fixed[6], fixed[7])
	case fixed[6] > 1:
		if _, err := io.ReadFull(r, fixed[10:]); err != nil {
			return Header{}, fmt.Errorf("npy: the file ends inside the first 12 bytes")
		}
		n, used = binary.LittleEndian.Uint32(fixed[8:]), 12
	}
	if n > maxHeader {
		return Header{}, fmt.Errorf("npy: the header claims %d bytes, the limit is %d", n, maxHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return Header{}, fmt.Errorf("npy: the file ends inside the header of %d bytes", n)
	}
	h, err := parseHeader(string(text))
	if err != nil {
		return Header{}, fmt.Errorf("npy: header: %w", err)
	}
	h.Offset = used + int64(n)
	return h, nil
}

// ReadBody reads the body that follows h and then requires the end of r. Memory grows with the bytes that come, not
// with what the header claims.
func ReadBody(r io.Reader, h Header) ([]byte, error) {
	var buf bytes.Buffer
	n, err := io.CopyN(&buf, r, h.Bytes())
	if err == io.EOF {
		return nil, fmt.Errorf("npy: the body ends after %d bytes; %s of shape %v takes %d", n, h.Type(), h.Shape, h.Bytes())
	}
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	var more [1]byte
	switch k, err := io.ReadFull(r, more[:]); {
	case k > 0:
		return nil, fmt.Errorf("npy: bytes follow the body; %s of shape %v takes %d", h.Type(), h.Shape, h.Bytes())
	case err != io.EOF:
		return nil, fmt.Errorf("npy: %w", err)
	}
	return Normalize(h, buf.Bytes()), nil
}

// Normalize returns a body as little-endian and row-major. It may work in place.
func Normalize(h Header, body []byte) []byte {
	if h.Big {
		word := h.Size
		if h.Kind == 'c' {
			word /= 2
		}
		for i := 0; i+word <= len(body); i += word {
			for a, b := i, i+word-1; a < b; a, b = a+1, b-1 {
				body[a], body[b] = body[b], body[a]
			}
		}
	}
	if !h.Fortran || len(h.Shape) < 2 || h.Count == 0 {
		return body
	}
	out := make([]byte, len(body))
	index := make([]int, len(h.Shape)) // of the element to read, first axis fastest
	stride := make([]int, len(h.Shape))
	s := 1
	for k := len(stride) - 1; k >= 0; k-- {
		stride[k] = s
		s *= h.Shape[k]
	}
	to := 0
	for i := 0; i < h.Count; i++ {
		copy(out[to*h.Size:(to+1)*h.Size], body[i*h.Size:])
		for k := range index {
			index[k]++
			to += stride[k]
			if index[k] < h.Shape[k] {
				break
			}
			to -= stride[k] * index[k]
			index[k] = 0
		}
	}
	return out
}

// product multiplies extents and the element size; ok is false when the result, zeros set aside, exceeds the largest int.
func product(shape []int, size int) (count int, ok bool) {
	p, zero := uint64(size), false
	for _, d := range shape {
		if d == 0 {
			zero = true
			continue
		}
		hi, lo := bits.Mul64(p, uint64(d))
		if hi != 0 || lo > math.MaxInt {
			return 0, false
		}
		p = lo
	}
	if zero {
		return 0, true
	}
	return int(p / uint64(size)), true
}
