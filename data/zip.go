package data

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"

	"tweedie/internal/input"
)

// The most that deflate can expand, and what is granted besides.
const (
	maxInflate   = 1032
	inflateSlack = 1 << 16
)

// An archive may have freeEntries entries, and more where there is one for each entryBytes of it: a set of a million images
// of 64x64 pixels passes, and a million empty entries do not.
const (
	freeEntries = 1 << 17
	entryBytes  = 1 << 10
)

// mostEntries returns how many entries an archive of that size may have.
func mostEntries(size int64) int { return int(min(max(freeEntries, size/entryBytes), math.MaxInt32)) }

// openZip reads an archive of images, or one of arrays (npz) when a member is called so.
func openZip(ctx context.Context, origin source, f input.File, size int64, o Options) (Set, error) {
	z, err := input.Zip(f, size, mostEntries(size))
	if many := (*input.EntriesError)(nil); errors.As(err, &many) {
		return nil, fmt.Errorf("%w from %d bytes; unpack it and name the folder", err, size)
	}
	if err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	m, from := &members{origin: origin}, &archive{origin.at(origin.name), f}
	defer func() { from.file = nil }()
	limit, total := uint64(o.expanded(size)), uint64(0)
	for _, e := range z.File {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if strings.HasSuffix(e.Name, ".npy") {
			return openNPZ(ctx, origin, f, size, o)
		}
		name, ok := m.accept(e.Name, e.Mode())
		if !ok {
			continue
		}
		off, err := e.DataOffset()
		if err == nil {
			err = expands(e, size-off)
		}
		if err != nil {
			m.reject(e.Name, err)
			continue
		}
		if total += e.UncompressedSize64; total > limit {
			return nil, fmt.Errorf("zip: up to %q the members expand to %d bytes, the limit is %d; unpack it and name the folder", e.Name, total, limit)
		}
		m.add(name, zipMember(from, e, off))
	}
	return m.set(ctx, "zip", o)
}

// expands says why a member that begins left bytes before the end of the archive cannot be read: how it is stored, or a
// length that cannot be true.
func expands(e *zip.File, left int64) error {
	switch {
	case left < 0 || e.CompressedSize64 > uint64(left):
		return fmt.Errorf("the directory claims %d bytes and %d are left", e.CompressedSize64, left)
	case e.Flags&1 != 0:
		return errors.New("encrypted")
	case e.Method != zip.Store && e.Method != zip.Deflate:
		return fmt.Errorf("compressed by method %d; stored (0) and deflated (8) can be read", e.Method)
	case e.Method == zip.Store && e.UncompressedSize64 != e.CompressedSize64,
		e.UncompressedSize64/maxInflate > e.CompressedSize64+inflateSlack/maxInflate:
		return fmt.Errorf("the directory claims that %d bytes become %d", e.CompressedSize64, e.UncompressedSize64)
	}
	return nil
}

// zipMember reads a stored member where it lies, and a deflated one into memory.
func zipMember(from *archive, e *zip.File, off int64) func() (content, error) {
	return func() (content, error) {
		c, err := from.section(off, int64(e.CompressedSize64))
		if err != nil || e.Method == zip.Store {
			return c, err
		}
		defer c.Close()
		return inflate(c, e)
	}
}

// inflaters are readers of deflate that are free; each takes some 40 KB.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// inflate expands a member that begins as an image does; of another only the beginning comes.
func inflate(r io.Reader, e *zip.File) (content, error) {
	z := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(z)
	if err := z.(flate.Resetter).Reset(r, nil); err != nil {
		return content{}, err
	}
	head, err := startsImage(z)
	if err != nil || head == nil {
		return held(head), err
	}
	buf := bytes.NewBuffer(head)
	n, err := io.Copy(buf, io.LimitReader(z, int64(e.UncompressedSize64)-int64(len(head))+1))
	switch n += int64(len(head)); {
	case err != nil:
		return content{}, fmt.Errorf("deflate: %w", err)
	case n != int64(e.UncompressedSize64):
		return content{}, fmt.Errorf("it does not expand to the %d bytes that the directory claims", e.UncompressedSize64)
	case crc32.ChecksumIEEE(buf.Bytes()) != e.CRC32:
		return content{}, errors.New("the checksum is wrong")
	}
	return held(buf.Bytes()), nil
}
