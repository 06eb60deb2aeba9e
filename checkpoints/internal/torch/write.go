package torch

import (
	"archive/zip"
	"fmt"
	"io"
	"math"

	"tweedie/checkpoints/internal/store"
)

// Encode writes the archive of a state_dict of the tensors. The pickle in it is, byte for byte, that of torch 1.13; each storage
// begins at a multiple of 64, for those who map the file.
func Encode(w io.Writer, tensors []*store.Tensor) error {
	text, err := stateDict(tensors)
	if err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	count := &countingWriter{w: w}
	a := &archive{zip: zip.NewWriter(count), file: count}
	a.put("data.pkl", text)
	a.put("byteorder", []byte("little"))
	for i, t := range tensors {
		if a.err != nil {
			break
		}
		b, err := t.Bytes()
		if err != nil {
			return err
		}
		a.put(fmt.Sprintf("data/%d", i), b)
	}
	a.put("version", []byte("3\n"))
	if a.err != nil {
		return a.err
	}
	if err := a.zip.Close(); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	return nil
}

const (
	root        = "archive/"
	localHeader = 30 // bytes of the header of an entry, without name and extra field
	alignment   = 64
)

// padding is an extra field, of the kind that torch uses, after which at is a multiple of the alignment.
func padding(at int64) []byte {
	n := (alignment - (at+4)%alignment) % alignment
	b := []byte{'F', 'B', byte(n), 0}
	for range n {
		b = append(b, 'Z')
	}
	return b
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// archive is a zip under way.
type archive struct {
	zip  *zip.Writer
	file *countingWriter
	owed int // bytes that the zip writer has yet to write behind the last entry: its checksum and sizes
	err  error
}

// put adds an entry, unless something went wrong before.
func (a *archive) put(name string, b []byte) {
	if a.err != nil {
		return
	}
	name = root + name
	err := a.zip.Flush()
	if err == nil {
		var e io.Writer
		begin := a.file.n + int64(a.owed+localHeader+len(name))
		if e, err = a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Extra: padding(begin)}); err == nil {
			_, err = e.Write(b)
		}
	}
	if err != nil {
		a.err = fmt.Errorf("checkpoints: entry %q: %w", name, err)
	}
	if a.owed = 16; int64(len(b)) >= math.MaxUint32 {
		a.owed = 24
	}
}
