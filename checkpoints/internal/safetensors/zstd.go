package safetensors

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"tweedie/checkpoints/internal/store"
)

// IsZstd reports whether a file begins as one in zstd does.
func IsZstd(head []byte) bool { return bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) }

// maxWindow limits the window that a file in zstd may ask for.
const maxWindow = 32 << 20

// ReadZstd reads a file of safetensors in zstd. The header tells how long the whole is, and is held against the size of the
// compressed file before more is read; then all is decompressed once, to see that it is there.
func ReadZstd(r io.ReaderAt, size int64) (*store.Contents, error) {
	z, err := newZstream(r, size)
	if err != nil {
		return nil, err
	}
	limit := store.Expanded(size)
	var head bytes.Buffer
	if err := take(&head, z.dec, 8); err != nil {
		return nil, err
	}
	n, err := headerLength([8]byte(head.Bytes()), limit/16)
	if err != nil {
		return nil, err
	}
	if err := take(&head, z.dec, n); err != nil {
		return nil, err
	}
	_, _, end, err := parseHeader(head.Bytes()[8:])
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	if end > limit-8-n {
		return nil, fmt.Errorf("zstd: the header claims %d bytes of tensors in a file of %d compressed bytes, the limit is %d", end, size, limit)
	}
	if err := take(io.Discard, z.dec, end); err != nil {
		return nil, err
	}
	z.total, z.at = 8+n+end, 8+n+end
	var more [1]byte
	if k, err := io.ReadFull(z.dec, more[:]); err != io.EOF || k > 0 {
		return nil, fmt.Errorf("zstd: data follow the %d bytes that the header accounts for (%v)", z.total, err)
	}
	c, err := Read(z, z.total)
	if err != nil {
		return nil, err
	}
	c.Format = "safetensors+zstd"
	return c, nil
}

// take copies exactly n decompressed bytes; memory grows as they come.
func take(w io.Writer, r io.Reader, n int64) error {
	if k, err := io.CopyN(w, r, n); err != nil {
		if err == io.EOF {
			err = fmt.Errorf("the data end after %d of %d bytes", k, n)
		}
		return fmt.Errorf("zstd: %w", err)
	}
	return nil
}

// NewZstdWriter compresses on one goroutine, so that the same tensors give the same file.
func NewZstdWriter(w io.Writer) (io.WriteCloser, error) {
	return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
}
