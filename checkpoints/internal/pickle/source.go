package pickle

import (
	"fmt"
	"io"
)

// source is a buffered reader that knows where it is.
type source struct {
	r    io.ReaderAt
	at   int64 // of the next byte
	size int64
	buf  []byte // holds the bytes from at-used on
	used int
}

func (s *source) left() int64 { return s.size - s.at }

// errShort says that the input ends inside the pickle.
func (s *source) errShort(n int64) error {
	return fmt.Errorf("%d bytes are wanted, %d are left", n, s.left())
}

const block = 1 << 14

// fill makes n <= block bytes ready at s.buf[s.used:].
func (s *source) fill(n int) error {
	if len(s.buf)-s.used >= n {
		return nil
	}
	if int64(n) > s.left() {
		return s.errShort(int64(n))
	}
	if cap(s.buf) == 0 {
		s.buf = make([]byte, min(block, s.size))
	}
	s.buf, s.used = s.buf[:min(int64(block), s.left())], 0
	if k, err := s.r.ReadAt(s.buf, s.at); k < len(s.buf) {
		s.buf = s.buf[:0]
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}

// take returns the next n <= block bytes; they are valid until the next call.
func (s *source) take(n int) ([]byte, error) {
	if err := s.fill(n); err != nil {
		return nil, err
	}
	b := s.buf[s.used : s.used+n]
	s.skip(int64(n))
	return b, nil
}

// skip steps over bytes that are known to be there.
func (s *source) skip(n int64) {
	s.at += n
	if n > int64(len(s.buf)-s.used) {
		s.buf, s.used = s.buf[:0], 0
		return
	}
	s.used += int(n)
}

// text returns the next n bytes, which are known to be there, as a string.
func (s *source) text(n int) (string, error) {
	if n <= block {
		b, err := s.take(n)
		return string(b), err
	}
	b := make([]byte, n)
	if k, err := s.r.ReadAt(b, s.at); k < n {
		return "", err
	}
	s.skip(int64(n))
	return string(b), nil
}

// bytes steps over n bytes and returns where they are.
func (s *source) bytes(n uint64) (*Bytes, error) {
	if n > uint64(s.left()) {
		return nil, fmt.Errorf("bytes of length %d, %d are left", n, s.left())
	}
	b := &Bytes{*io.NewSectionReader(s.r, s.at, int64(n))}
	s.skip(int64(n))
	return b, nil
}

// line returns the bytes up to the next newline, which it steps over.
func (s *source) line() (string, error) {
	var b [maxName]byte
	for i := range b {
		c, err := s.take(1)
		if err != nil {
			return "", err
		}
		if c[0] == '\n' {
			return string(b[:i]), nil
		}
		b[i] = c[0]
	}
	return "", fmt.Errorf("a name of more than %d bytes", maxName)
}
