package fits

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"

	"tweedie/checkpoints/internal/store"
)

// IsGzip reports whether a file begins as one in gzip does.
func IsGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b}) }

// inflating reads a gzip stream as a file and keeps none of it: what lies before the place that was read last is inflated again.
type inflating struct {
	file  io.ReaderAt
	size  int64 // of the stream
	limit int64 // of what is inflated

	mu   sync.Mutex
	z    *gzip.Reader
	at   int64 // bytes inflated so far
	end  error // what ended the stream there
	most int64 // the largest at
}

// newInflating begins with the first byte.
func newInflating(file io.ReaderAt, size, limit int64) (*inflating, error) {
	g := &inflating{file: file, size: size, limit: limit}
	return g, g.rewind()
}

func (g *inflating) rewind() (err error) {
	if g.z, err = gzip.NewReader(io.NewSectionReader(g.file, 0, g.size)); err != nil {
		return fmt.Errorf("gzip: %w", err)
	}
	g.at, g.end = 0, nil
	return nil
}

// ReadAt inflates what lies at a place.
func (g *inflating) ReadAt(b []byte, off int64) (n int, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.to(off, int64(len(b))); err != nil || g.at < off {
		return 0, cmp.Or(err, io.EOF)
	}
	for n < len(b) && g.end == nil {
		var k int
		k, g.end = g.z.Read(b[n:])
		n += k
	}
	g.at += int64(n)
	g.most = max(g.most, g.at)
	if n == len(b) {
		return n, nil
	}
	return n, g.failure()
}

// to inflates up to a place, or the end, where n bytes are wanted.
func (g *inflating) to(off, n int64) error {
	if off+n > g.limit {
		return fmt.Errorf("gzip: %d bytes are wanted, the limit for a file of this size is %d", off+n, g.limit)
	}
	if off < g.at {
		if err := g.rewind(); err != nil {
			return err
		}
	}
	if g.end == nil && off > g.at {
		var k int64
		k, g.end = io.CopyN(io.Discard, g.z, off-g.at)
		g.at += k
		g.most = max(g.most, g.at)
	}
	if g.at < off && g.end != io.EOF {
		return g.failure()
	}
	return nil
}

// failure says why the stream ended; io.EOF where it had to.
func (g *inflating) failure() error {
	if g.end == io.EOF {
		return io.EOF
	}
	return fmt.Errorf("gzip: after %d bytes: %w", g.at, g.end)
}

// mostKept bounds what is inflated once and kept in memory.
const mostKept = 64 << 20

// ReadGzip reads a FITS file in gzip, as far as its headers account for. A large one is inflated anew for every tensor.
func ReadGzip(r io.ReaderAt, size int64) (*store.Contents, error) {
	g, err := newInflating(r, size, store.Expanded(size))
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(magic))
	if n, err := g.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, err
	} else if !bytes.HasPrefix(head[:n], []byte(magic)) {
		return nil, errors.New("this is a file in gzip, and not one of FITS: gunzip it first")
	}
	for at := int64(0); at < g.most; {
		u := new(unit)
		err := u.read(g, at, g.limit)
		if err == errEnd {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("fits+gzip: the header at byte %d: %w", at, err)
		}
		at = u.end()
		if _, err := g.ReadAt(make([]byte, 1), min(at, g.limit-1)); err != nil && err != io.EOF {
			return nil, err
		}
	}
	if g.most > mostKept {
		return read(g, g.most, "fits+gzip")
	}
	all := make([]byte, g.most)
	if err := store.ReadFull(g, all, 0); err != nil {
		return nil, fmt.Errorf("fits+gzip: %w", err)
	}
	return read(bytes.NewReader(all), g.most, "fits+gzip")
}
