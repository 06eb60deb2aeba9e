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

// readZstd decompresses a whole safetensors file into memory. The header tells how long the whole is, and is held
// against the size of the compressed file before more is read.
func readZstd(r io.ReaderAt, size int64) (*File, error) {
	dec, err := zstd.NewReader(io.NewSectionReader(r, 0, size),
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	defer dec.Close()
	limit := max(freeExpand, maxExpand*min(size, 1<<50))
	var buf bytes.Buffer
	if err := take(&buf, dec, 8); err != nil {
		return nil, err
	}
	n, err := headerLength([8]byte(buf.Bytes()), limit/16)
	if err != nil {
		return nil, err
	}
	if err := take(&buf, dec, n); err != nil {
		return nil, err
	}
	_, _, end, err := parseHeader(buf.Bytes()[8:])
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	if end > limit-8-n {
		return nil, fmt.Errorf("zstd: the header claims %d bytes of tensors in a file of %d compressed bytes, the limit is %d", end, size, limit)
	}
	if err := take(&buf, dec, end); err != nil {
		return nil, err
	}
	var more [1]byte
	if k, err := io.ReadFull(dec, more[:]); err != io.EOF || k > 0 {
		return nil, fmt.Errorf("zstd: data follow the %d bytes that the header accounts for (%v)", buf.Len(), err)
	}
	f, err := readSafetensors(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		return nil, err
	}
	f.Format = "safetensors+zstd"
	return f, nil
}

// take appends exactly n decompressed bytes; memory grows as they come.
func take(buf *bytes.Buffer, r io.Reader, n int64) error {
	if k, err := io.CopyN(buf, r, n); err != nil {
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
