package checkpoints

import (
	"fmt"
	"io"

	"tweedie/checkpoints/internal/numpy"
	"tweedie/internal/input"
)

// ReadArray reads the only tensor of a file of any format into memory. It returns an error for a file with several.
func ReadArray(path string) (*Tensor, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if len(f.set.All()) != 1 {
		return nil, fmt.Errorf("%q: checkpoints: %d arrays (%s), want one", path, len(f.set.All()), input.List(f.Names()))
	}
	t := f.set.All()[0]
	b, err := t.Bytes()
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	held := FromBytes(t.Name, t.DType, t.Shape, b)
	held.Complex = t.Complex
	return held, nil
}

// EncodeNPY writes one array in numpy's format, little-endian and row-major. BF16, F8E4M3 and F8E5M2, which numpy lacks, are
// written as float32.
func EncodeNPY(w io.Writer, t *Tensor) error { return numpy.Encode(w, t) }

// SaveNPY writes one array as .npy, atomically. Its name is not stored.
func SaveNPY(path string, t *Tensor) error {
	return AtomicWriteFile(path, func(w io.Writer) error { return EncodeNPY(w, t) })
}

// SaveNPZ writes the tensors of f as .npz (stored, not deflated), atomically. Metadata and values are not written.
func SaveNPZ(path string, f *File) error {
	return AtomicWriteFile(path, func(w io.Writer) error { return numpy.EncodeArchive(w, f.set.All()) })
}
