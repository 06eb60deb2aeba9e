package checkpoints

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/internal/input"
	"tweedie/internal/npy"
)

// maxPickle limits the object of a torch archive, which holds names and shapes.
const maxPickle = 64 << 20

// readZip reads numpy's archives and torch's: <root>/data.pkl, the object; <root>/data/<key>, the storages; and
// <root>/byteorder. The root is whatever the file was called when it was saved.
func readZip(r io.ReaderAt, size int64) (*File, error) {
	z, err := input.Zip(r, size, npy.MaxEntries)
	if many := (*input.EntriesError)(nil); errors.As(err, &many) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w; a download that broke off leaves this", err)
	}
	entries := make(map[string]*zip.File, len(z.File))
	var roots []string
	script, arrays := false, len(z.File) > 0
	for _, e := range z.File {
		if entries[e.Name] != nil {
			return nil, fmt.Errorf("zip: entry %q appears twice", e.Name)
		}
		entries[e.Name] = e
		if root, ok := strings.CutSuffix(e.Name, "data.pkl"); ok && (root == "" || strings.HasSuffix(root, "/")) {
			roots = append(roots, root)
		}
		script = script || strings.HasSuffix("/"+e.Name, "/constants.pkl") || strings.Contains("/"+e.Name, "/code/")
		arrays = arrays && strings.HasSuffix(e.Name, ".npy")
	}
	switch {
	case script:
		return nil, errors.New("this is a TorchScript archive, which holds a program; save the state_dict with torch.save")
	case arrays:
		return readNPZ(r, size)
	case len(roots) == 0:
		return nil, errors.New("this is a zip archive without torch's data.pkl and not one of .npy files")
	case len(roots) > 1:
		return nil, fmt.Errorf("torch: %d entries data.pkl, after %s", len(roots), input.List(roots))
	}
	f, err := readTorchZip(&torchZip{r, size, roots[0], entries})
	if err != nil {
		return nil, fmt.Errorf("torch: %w", err)
	}
	return f, nil
}

type torchZip struct {
	r       io.ReaderAt
	size    int64
	root    string
	entries map[string]*zip.File
}

func readTorchZip(z *torchZip) (*File, error) {
	tr := &torchReader{size: z.size, storages: map[string]*storage{}, place: z.place}
	if z.entries[z.root+"byteorder"] != nil {
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
	d := pickle.NewDecoder(bytes.NewReader(text), int64(len(text)))
	d.Table, d.Persistent, d.Foreign = tr.moduleTable(), tr.persistent, true
	object, err := d.Decode()
	if err != nil {
		return nil, err
	}
	return tr.file("torch", object)
}

// entry finds an entry that can be read.
func (z *torchZip) entry(name string) (*zip.File, error) {
	e := z.entries[z.root+name]
	switch {
	case e == nil:
		return nil, fmt.Errorf("there is no entry %q", z.root+name)
	case e.Method != zip.Store && e.Method != zip.Deflate || e.Flags&1 != 0:
		return nil, fmt.Errorf("entry %q is encrypted or compressed by method %d; stored (0) and deflated (8) can be read", e.Name, e.Method)
	}
	return e, nil
}

// read returns the content of a small entry.
func (z *torchZip) read(name string, limit uint64) ([]byte, error) {
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
func (z *torchZip) place(key string, want int64) (*record, error) {
	e, err := z.entry("data/" + key)
	if err != nil {
		return nil, err
	}
	if e.UncompressedSize64 != uint64(want) {
		return nil, fmt.Errorf("entry %q has %d bytes, want %d", e.Name, e.UncompressedSize64, want)
	}
	rec, err := zipRecord(z.r, z.size, e)
	if err != nil {
		return nil, fmt.Errorf("entry %q: %w", e.Name, err)
	}
	return rec, nil
}
