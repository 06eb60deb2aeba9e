package fits

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"tweedie/checkpoints/internal/store"
)

// IsGzip reports whether a file begins as one in gzip does.
func IsGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b}) }

// inflating reads a gzip stream as a file: what was asked for, and all before it, is in memory.
type inflating struct {
	z     *gzip.Reader
	limit int64
	buf   bytes.Buffer
	end   error
}

func (g *inflating) ReadAt(b []byte, off int64) (int, error) {
	if err := g.upTo(off + int64(len(b))); err != nil {
		return 0, err
	}
	if off >= int64(g.buf.Len()) {
		return 0, g.end
	}
	n := copy(b, g.buf.Bytes()[off:])
	if n < len(b) {
		return n, g.end
	}
	return n, nil
}

// upTo inflates until n bytes are there, or the end; memory grows as they come.
func (g *inflating) upTo(n int64) error {
	if n > g.limit {
		return fmt.Errorf("gzip: %d bytes are wanted, the limit for a file of this size is %d", n, g.limit)
	}
	if have := int64(g.buf.Len()); g.end == nil && n > have {
		_, g.end = io.CopyN(&g.buf, g.z, n-have)
	}
	if g.end != nil && g.end != io.EOF {
		return fmt.Errorf("gzip: after %d bytes: %w", g.buf.Len(), g.end)
	}
	return nil
}

// ReadGzip reads a FITS file in gzip into memory, as far as its headers account for.
func ReadGzip(r io.ReaderAt, size int64) (*store.Contents, error) {
	z, err := gzip.NewReader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	g := &inflating{z: z, limit: store.Expanded(size)}
	if err := g.upTo(int64(len(magic))); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(g.buf.Bytes(), []byte(magic)) {
		return nil, errors.New("this is a file in gzip, and not one of FITS: gunzip it first")
	}
	for at := int64(0); at < int64(g.buf.Len()); {
		u := new(unit)
		err := u.read(g, at, g.limit)
		if err == errEnd {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("fits+gzip: the header at byte %d: %w", at, err)
		}
		at = u.end()
		if err := g.upTo(min(at+1, g.limit)); err != nil {
			return nil, err
		}
	}
	return read(bytes.NewReader(g.buf.Bytes()), int64(g.buf.Len()), "fits+gzip")
}
