package npy

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"

	"tweedie/internal/input"
)

// Deflate cannot expand more than 1032 times; a directory that claims more lies, or counts bytes twice.
const (
	maxInflate = 1032
	slack      = 1 << 16
)

// MaxEntries is the most arrays that an archive may have.
const MaxEntries = 1 << 16

// Entry is one array of an archive: its name without .npy and its header.
type Entry struct {
	Name   string
	Header Header
	file   *zip.File
}

// Archive lists the arrays of an npz of the given size. It reads the headers only.
// Names stay names: none is used as a path, and those that look like one that leaves its folder are refused.
func Archive(r io.ReaderAt, size int64) ([]Entry, error) {
	z, err := input.Zip(r, size, MaxEntries)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	var entries []Entry
	seen := map[string]bool{}
	total := uint64(0)
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		switch total += f.UncompressedSize64; {
		case !ok:
			return nil, fmt.Errorf("npz: entry %q is not a .npy", f.Name)
		case CheckName(f.Name) != nil:
			return nil, CheckName(f.Name)
		case seen[name]:
			return nil, fmt.Errorf("npz: entry %q appears twice", f.Name)
		case f.Method != zip.Store && f.Method != zip.Deflate || f.Flags&1 != 0:
			return nil, fmt.Errorf("npz: entry %q is encrypted or compressed by method %d; stored (0) and deflated (8) can be read", f.Name, f.Method)
		case f.UncompressedSize64 > uint64(size)*maxInflate+slack || total > uint64(size)*maxInflate+slack:
			return nil, fmt.Errorf("npz: up to entry %q the directory claims %d bytes, more than %d bytes can hold", f.Name, total, size)
		}
		seen[name] = true
		h, err := entryHeader(f)
		if err != nil {
			return nil, fmt.Errorf("npz: entry %q: %w", f.Name, err)
		}
		entries = append(entries, Entry{name, h, f})
	}
	return entries, nil
}

// CheckName refuses the name of an entry that would leave its folder if it were taken for a path.
func CheckName(name string) error {
	if strings.ContainsAny(name, "\\\x00") || path.IsAbs(name) || path.Clean(name) != name || strings.HasPrefix(name, "..") {
		return fmt.Errorf("npz: entry name %q is a path out of the archive", name)
	}
	return nil
}

// entryHeader reads the header and compares the length it implies with the one of the directory.
func entryHeader(f *zip.File) (Header, error) {
	rc, err := f.Open()
	if err != nil {
		return Header{}, err
	}
	defer rc.Close()
	h, err := ReadHeader(rc)
	if err != nil {
		return Header{}, err
	}
	if have := f.UncompressedSize64; uint64(h.Offset)+uint64(h.Bytes()) != have {
		return Header{}, fmt.Errorf("%s of shape %v takes %d bytes, the entry has %d", h.Type(), h.Shape, h.Offset+h.Bytes(), have)
	}
	return h, nil
}

// Body reads the array, little-endian and row-major, and checks the archive's checksum of it.
func (e Entry) Body() ([]byte, error) {
	rc, err := e.file.Open()
	if err != nil {
		return nil, fmt.Errorf("npz: entry %q: %w", e.file.Name, err)
	}
	defer rc.Close()
	h, err := ReadHeader(rc)
	if err != nil {
		return nil, fmt.Errorf("npz: entry %q: %w", e.file.Name, err)
	}
	body, err := ReadBody(rc, h)
	if err != nil {
		return nil, fmt.Errorf("npz: entry %q: %w", e.file.Name, err)
	}
	return body, nil
}

// IsArchive reports whether b, the first bytes of a file, begin a zip with an entry.
func IsArchive(b []byte) bool { return bytes.HasPrefix(b, []byte("PK\x03\x04")) }
