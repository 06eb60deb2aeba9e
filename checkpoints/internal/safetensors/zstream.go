package safetensors

import (
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// zstream is a compressed file as a file. Read from its beginning to its end, as often as one likes, it holds none of
// it; when so much was skipped on the way to other places that it could have been decompressed once more, all of it is
// kept in memory.
type zstream struct {
	mu      sync.Mutex
	file    *io.SectionReader
	dec     *zstd.Decoder
	at      int64 // what dec yields next
	total   int64
	skipped int64
	whole   []byte
}

func newZstream(r io.ReaderAt, size int64) (*zstream, error) {
	z := &zstream{file: io.NewSectionReader(r, 0, size)}
	var err error
	z.dec, err = zstd.NewReader(z.file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return z, nil
}

// ReadAt decompresses up to the bytes that are wanted.
func (z *zstream) ReadAt(b []byte, off int64) (int, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if off < 0 || off > z.total || int64(len(b)) > z.total-off {
		return 0, io.ErrUnexpectedEOF
	}
	if z.whole == nil && off != z.at {
		if err := z.seek(off); err != nil {
			return 0, err
		}
	}
	if z.whole != nil {
		return copy(b, z.whole[off:]), nil
	}
	n, err := io.ReadFull(z.dec, b)
	if z.at += int64(n); err != nil {
		return n, fmt.Errorf("zstd: %w", err)
	}
	return n, nil
}

// seek makes off the next place to read, or reads everything.
func (z *zstream) seek(off int64) error {
	if off < z.at {
		if err := z.rewind(); err != nil {
			return err
		}
	}
	if z.skipped += off - z.at; z.skipped <= z.total {
		err := take(io.Discard, z.dec, off-z.at)
		z.at = off
		return err
	}
	if err := z.rewind(); err != nil {
		return err
	}
	whole := make([]byte, z.total)
	if _, err := io.ReadFull(z.dec, whole); err != nil {
		return fmt.Errorf("zstd: %w", err)
	}
	z.whole = whole
	z.dec.Close()
	return nil
}

func (z *zstream) rewind() error {
	z.at = 0
	if _, err := z.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("zstd: %w", err)
	}
	if err := z.dec.Reset(z.file); err != nil {
		return fmt.Errorf("zstd: %w", err)
	}
	return nil
}
