package torch

import (
	"archive/zip"
	"fmt"
	"hash/crc32"
	"io"
	"sync/atomic"

	"tweedie/checkpoints/internal/store"
)

// record is the bytes of one storage: a part of the file, with a checksum if it is an entry of an archive, or an entry
// that has to be inflated from its beginning.
type record struct {
	store.Section             // of the file; without R when deflated
	entry         *zip.File   // nil in a stream
	sound         atomic.Bool // the checksum was seen to be right
}

// zipRecord places an entry. Its sizes are not compared with anything but the file.
func zipRecord(r io.ReaderAt, size int64, e *zip.File) (*record, error) {
	rec := &record{Section: store.Section{N: int64(e.UncompressedSize64)}, entry: e}
	if e.Method == zip.Deflate {
		return rec, nil
	}
	off, err := e.DataOffset()
	if err != nil {
		return nil, err
	}
	if e.CompressedSize64 != e.UncompressedSize64 || off < 0 || rec.N < 0 || off > size || rec.N > size-off {
		return nil, fmt.Errorf("%d bytes at byte %d, which the file of %d bytes does not hold", e.UncompressedSize64, off, size)
	}
	rec.R, rec.Off = r, off
	return rec, nil
}

// stream reads the bytes lo to hi in order, in chunks that begin at multiples of 8 after lo, and checks the checksum of
// the whole record, once. use may change b.
func (rec *record) stream(lo, hi int64, use func(at int64, b []byte) error) error {
	if rec.R == nil {
		return rec.inflate(lo, hi, use)
	}
	part := store.Section{R: rec.R, Off: rec.Off + lo, N: hi - lo}
	if rec.entry == nil || rec.sound.Load() {
		return part.Chunks(use)
	}
	if part.N < rec.N {
		if err := rec.verify(); err != nil {
			return err
		}
		return part.Chunks(use)
	}
	sum := uint32(0)
	err := part.Chunks(func(at int64, b []byte) error {
		sum = crc32.Update(sum, crc32.IEEETable, b)
		return use(at, b)
	})
	if err == nil && sum != rec.entry.CRC32 {
		err = fmt.Errorf("entry %q: the checksum is %08x, want %08x", rec.entry.Name, sum, rec.entry.CRC32)
	}
	rec.sound.Store(err == nil)
	return err
}

// verify reads the record to its end.
func (rec *record) verify() error {
	if rec.sound.Load() {
		return nil
	}
	err := rec.stream(0, rec.N, func(int64, []byte) error { return nil })
	rec.sound.Store(err == nil)
	return err
}

// inflate is stream for a deflated entry, all of which is read each time.
func (rec *record) inflate(lo, hi int64, use func(at int64, b []byte) error) error {
	rc, err := rec.entry.Open()
	if err != nil {
		return err
	}
	defer rc.Close()
	if _, err := io.CopyN(io.Discard, rc, lo); err != nil {
		return fmt.Errorf("entry %q: %w", rec.entry.Name, err)
	}
	buf := store.Chunks.Get().(*[store.ChunkSize]byte)
	defer store.Chunks.Put(buf)
	for at := lo; at < hi; at += store.ChunkSize {
		b := buf[:min(store.ChunkSize, hi-at)]
		if _, err := io.ReadFull(rc, b); err != nil {
			return fmt.Errorf("entry %q: %w", rec.entry.Name, err)
		}
		if err := use(at-lo, b); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, rc); err != nil { // the checksum is looked at there
		return fmt.Errorf("entry %q: %w", rec.entry.Name, err)
	}
	rec.sound.Store(true)
	return nil
}
