package checkpoints

import (
	"io"
	"maps"
	"slices"

	"tweedie/checkpoints/internal/store"
)

// File is an ordered set of named tensors with string metadata. The zero File is empty and ready for Add.
type File struct {
	Format string            // of the file that was read: safetensors, safetensors+zstd, npy, npz, torch, torch legacy, edm, pickle, flax, fits or fits+gzip
	Meta   map[string]string // free text; see SetJSON and Info for what the project keeps there
	Values []Value           // what the file holds besides tensors, in order

	set    store.Set
	closer io.Closer
}

// Add appends tensors, which it keeps and does not copy. It returns an error, and adds nothing, when a name is taken,
// reserved or not valid UTF-8, an element type is missing, a shape does not match the amount of data or has more than
// 32 axes, or the file would hold too many tensors.
func (f *File) Add(ts ...*Tensor) error { return f.set.Add(ts...) }

// Tensors returns the tensors in the order of the file. The list is the caller's; the tensors are f's own.
func (f *File) Tensors() []*Tensor { return slices.Clone(f.set.All()) }

// Names returns the names in the order of the file.
func (f *File) Names() []string { return f.set.Names() }

// Has reports whether there is a tensor of that name.
func (f *File) Has(name string) bool { return f.set.Find(name) != nil }

// Tensor returns the tensor of that name. When there is none, the error names the most similar name, if one is similar.
func (f *File) Tensor(name string) (*Tensor, error) { return f.set.Tensor(name) }

// Value returns the value of that name, and whether there is one.
func (f *File) Value(name string) (any, bool) {
	for _, v := range f.Values {
		if v.Name == name {
			return v.V, true
		}
	}
	return nil, false
}

// Empty returns a file of f's format without tensors, which knows what cannot be read in f, for tensors under other names.
func (f *File) Empty() *File {
	return &File{Format: f.Format, set: store.Set{Refused: maps.Clone(f.set.Refused)}}
}

// Unread returns the names of tensors that are in the file and cannot be read, in alphabetical order: Tensor says of each
// why.
func (f *File) Unread() []string { return f.set.Unread() }

// Verify reads all data once and keeps none. The error is the first of a checksum that is wrong or of data that cannot
// be read; Open looks at the header only.
func (f *File) Verify() error {
	for _, t := range f.set.All() {
		if err := store.Verify(t); err != nil {
			return err
		}
	}
	return nil
}

// Close releases the file that Open opened. Tensors that were not read by then cannot be read any more.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	c := f.closer
	f.closer = nil
	return c.Close()
}
