package data

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gunzip returns the content, limited, and its first bytes. The checksum is compared when the end is reached.
func gunzip(r io.Reader, limit int64) (io.Reader, []byte, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, nil, fmt.Errorf("gzip: %w", err)
	}
	l := &limited{r: z, left: limit, limit: limit}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(l, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, nil, err
	}
	return io.MultiReader(bytes.NewReader(head[:n]), l), head[:n], nil
}

// limited fails, rather than ends, when more than limit bytes come.
type limited struct {
	r           io.Reader
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, fmt.Errorf("gzip: the file expands to more than %d bytes; unpack it if that is meant", l.limit)
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("gzip: %w", err)
	}
	return n, err
}
