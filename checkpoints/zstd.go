package checkpoints

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// A compressed file may expand to maxExpand times its size, small ones to freeExpand; the header, of it, to a part.
// Weights shrink by some percent; a state whose optimiser has not moved yet holds zeros, and stays far below.
const (
	maxExpand  = 256
	freeExpand = 64 << 20
	maxWindow  = 32 << 20
)

// readZstd reads a safetensors file in zstd. The header tells how long the whole is, and is held against the size of the
// compressed file before more is read; then all is decompressed once, to see that it is there.
func readZstd(r io.ReaderAt, size int64) (*File, error) {
	z, err := newZstream(r, size)
	if err != nil {
		return nil, err
	}
	limit := max(freeExpand, maxExpand*min(size, 1<<50))
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
	f, err := readSafetensors(z, z.total)
	if err != nil {
		return nil, err
	}
	f.Format = "safetensors+zstd"
	return f, nil
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

// newZstdWriter compresses on one goroutine, so that the same tensors give the same file.
func newZstdWriter(w io.Writer) (io.WriteCloser, error) {
	return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
}
