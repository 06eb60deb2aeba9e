package checkpoints

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"

	"tweedie/checkpoints/internal/edm"
	"tweedie/checkpoints/internal/fits"
	"tweedie/checkpoints/internal/flax"
	"tweedie/checkpoints/internal/foreign"
	"tweedie/checkpoints/internal/numpy"
	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/safetensors"
	"tweedie/checkpoints/internal/store"
	"tweedie/checkpoints/internal/torch"
	"tweedie/internal/input"
	"tweedie/internal/npy"
)

// formats are those that can be read: how a file begins, and what reads it.
var formats = []struct {
	is   func(head []byte) bool
	read func(r io.ReaderAt, size int64) (*store.Contents, error)
}{
	{safetensors.Is, safetensors.Read}, // its length may look like any of the others
	{safetensors.IsZstd, safetensors.ReadZstd},
	{npy.IsArchive, readZip},
	{pickle.Is, readPickle},
	{numpy.Is, numpy.Read},
	{fits.Is, fits.Read},
	{fits.IsGzip, fits.ReadGzip},
	{flax.Is, flax.Read},
}

// formatOf returns what reads a file that begins so, nil when nothing does.
func formatOf(head []byte) func(r io.ReaderAt, size int64) (*store.Contents, error) {
	for _, f := range formats {
		if f.is(head) {
			return f.read
		}
	}
	return nil
}

// certain reports whether a file begins as one that can be read does, by more than the two bytes of flax's msgpack.
func certain(head []byte) bool {
	return !flax.Is(head) && formatOf(head) != nil
}

// readPickle reads a file that begins with a pickle: a stream of torch, or else a network snapshot of EDM.
func readPickle(r io.ReaderAt, size int64) (*store.Contents, error) {
	if torch.IsStream(r, size) {
		return torch.ReadStream(r, size)
	}
	c, err := edm.Read(r, size)
	if what := foreign.Pickle(r, size); err != nil && what != "" {
		err = errors.New("this is " + what)
	}
	return c, err
}

// readZip reads the archives of numpy, which are full of arrays, and of torch, which have an object in one folder.
func readZip(r io.ReaderAt, size int64) (*store.Contents, error) {
	z, err := input.Zip(r, size, npy.MaxEntries)
	if many := (*input.EntriesError)(nil); errors.As(err, &many) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w; a download that broke off leaves this", err)
	}
	entries := make(map[string]*zip.File, len(z.File))
	var roots []string
	var names []string
	arrays := len(z.File) > 0
	for _, e := range z.File {
		if entries[e.Name] != nil {
			return nil, fmt.Errorf("zip: entry %q appears twice", e.Name)
		}
		entries[e.Name] = e
		if root, ok := strings.CutSuffix(e.Name, "data.pkl"); ok && (root == "" || strings.HasSuffix(root, "/")) {
			roots = append(roots, root)
		}
		names = append(names, e.Name)
		arrays = arrays && strings.HasSuffix(e.Name, ".npy")
	}
	switch what := foreign.Archive(names); {
	case what != "":
		return nil, errors.New("this is " + what)
	case arrays:
		return numpy.ReadArchive(r, size)
	case len(roots) == 0:
		return nil, errors.New("this is a zip archive without torch's data.pkl and not one of .npy files")
	case len(roots) > 1:
		return nil, fmt.Errorf("torch: %d entries data.pkl, after %s", len(roots), input.List(roots))
	}
	return torch.ReadZip(&torch.Zip{R: r, Size: size, Root: roots[0], Entries: entries}, edm.Modules())
}
