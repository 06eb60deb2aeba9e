package torch

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

// maxPickle limits the object of a torch archive, which holds names and shapes.
const maxPickle = 64 << 20

// Zip is an archive that torch wrote: <Root>data.pkl, the object; <Root>data/<key>, the storages; and <Root>byteorder. The root is
// whatever the file was called when it was saved.
type Zip struct {
	R       io.ReaderAt
	Size    int64
	Root    string
	Entries map[string]*zip.File
}

// ReadZip reads an archive, whose object may name what modules makes, besides what torch has.
func ReadZip(z *Zip, modules pickle.Table) (*store.Contents, error) {
	c, err := z.contents(modules)
	if err != nil {
		return nil, fmt.Errorf("torch: %w", err)
	}
	return c, nil
}

func (z *Zip) contents(modules pickle.Table) (*store.Contents, error) {
	tr := NewReader(z.Size)
	tr.place = z.place
	if z.Entries[z.Root+"byteorder"] != nil {
		order, err := z.read("byteorder", 16)
		if err != nil {
			return nil, err
		}
		if tr.swap = string(order) == "big"; !tr.swap && string(order) != "little" {
			return nil, fmt.Errorf("byteorder %q, want little or big", order)
		}
	}
	text, err := z.read("data.pkl", maxPickle)
	if err != nil {
		return nil, err
	}
	return tr.object(text, modules)
}

// object reads the pickle of an archive.
func (tr *Reader) object(text []byte, modules pickle.Table) (*store.Contents, error) {
	d := pickle.NewDecoder(bytes.NewReader(text), int64(len(text)))
	d.Table, d.Persistent, d.Foreign = tr.Table(), tr.persistent, true
	maps.Copy(d.Table, modules)
	object, err := d.Decode()
	if err != nil {
		return nil, err
	}
	return tr.Contents("torch", object)
}

// entry finds an entry that can be read.
func (z *Zip) entry(name string) (*zip.File, error) {
	e := z.Entries[z.Root+name]
	switch {
	case e == nil:
		return nil, fmt.Errorf("there is no entry %q", z.Root+name)
	case e.Method != zip.Store && e.Method != zip.Deflate || e.Flags&1 != 0:
		return nil, fmt.Errorf("entry %q is encrypted or compressed by method %d; stored (0) and deflated (8) can be read", e.Name, e.Method)
	}
	return e, nil
}

// read returns the content of a small entry.
func (z *Zip) read(name string, limit uint64) ([]byte, error) {
	e, err := z.entry(name)
	if err != nil {
		return nil, err
	}
	if e.UncompressedSize64 > limit {
		return nil, fmt.Errorf("entry %q claims %d bytes, the limit is %d", e.Name, e.UncompressedSize64, limit)
	}
	rc, err := e.Open()
	if err != nil {
		return nil, fmt.Errorf("entry %q: %w", e.Name, err)
	}
	defer rc.Close()
	b, err := io.ReadAll(rc) // grows with what is there
	if err != nil {
		return nil, fmt.Errorf("entry %q: %w", e.Name, err)
	}
	return b, nil
}

// place finds the bytes of a storage, as many as it should have.
func (z *Zip) place(key string, want int64) (*record, error) {
	e, err := z.entry("data/" + key)
	if err != nil {
		return nil, err
	}
	if e.UncompressedSize64 != uint64(want) {
		return nil, fmt.Errorf("entry %q has %d bytes, want %d", e.Name, e.UncompressedSize64, want)
	}
	rec, err := zipRecord(z.R, z.Size, e)
	if err != nil {
		return nil, fmt.Errorf("entry %q: %w", e.Name, err)
	}
	return rec, nil
}
