package checkpoints

import (
	"archive/zip"
	"fmt"
	"io"

	"tweedie/internal/input"
	"tweedie/internal/npy"
)

// readNPY reads a single array, named as numpy.savez names the first one.
func readNPY(r io.ReaderAt, size int64) (*File, error) {
	h, err := npy.ReadHeader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	if have := size - h.Offset; have != h.Bytes() {
		next := make([]byte, 6)
		if have > h.Bytes() && readFull(r, next, h.Offset+h.Bytes()) == nil && string(next) == "\x93NUMPY" {
			return nil, fmt.Errorf("npy: arrays follow each other, as Equinox writes them: %s", equinox)
		}
		return nil, fmt.Errorf("npy: %s of shape %v takes %d bytes, the file has %d after its header", h.Type(), h.Shape, h.Bytes(), have)
	}
	raw := section{r, h.Offset, h.Bytes()}
	f := &File{Format: "npy"}
	return f, f.Add(fromNumpy("arr_0", h, func() ([]byte, error) {
		b, err := raw.all()
		if err != nil {
			return nil, err
		}
		return npy.Normalize(h, b), nil
	}))
}

func readNPZ(r io.ReaderAt, size int64) (*File, error) {
	entries, err := npy.Archive(r, size)
	if err != nil {
		return nil, err
	}
	f := &File{Format: "npz"}
	for _, e := range entries {
		if err := f.Add(fromNumpy(e.Name, e.Header, e.Body)); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// fromNumpy names the element type; a complex array gets a last axis of 2 and is marked as Complex.
func fromNumpy(name string, h npy.Header, load func() ([]byte, error)) *Tensor {
	shape, kind, size := h.Shape, h.Kind, h.Size
	if kind == 'c' {
		shape, kind, size = append(shape[:len(shape):len(shape)], 2), 'f', size/2
	}
	t := &Tensor{Name: name, Shape: shape, Complex: h.Kind == 'c', bytes: h.Bytes(), src: lazy(load)}
	for d := F64; d.valid(); d++ {
		if dtypes[d].kind == kind && dtypes[d].size == size {
			t.DType = d
		}
	}
	return t
}

// ReadArray reads the only tensor of a file of any format into memory. It returns an error for a file with several.
func ReadArray(path string) (*Tensor, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if len(f.tensors) != 1 {
		return nil, fmt.Errorf("%q: checkpoints: %d arrays (%s), want one", path, len(f.tensors), input.List(f.Names()))
	}
	t := f.tensors[0]
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
func EncodeNPY(w io.Writer, t *Tensor) error {
	if err := t.check(); err != nil {
		return err
	}
	var b []byte
	var err error
	kind, size := dtypes[t.DType].kind, t.DType.Size()
	if kind == 0 {
		kind, size = 'f', 4
		wide, failed := t.Float32s()
		b, err = float32s(wide).encode(nil, wide), failed
	} else {
		b, err = t.Bytes()
	}
	if err != nil {
		return err
	}
	if _, err := w.Write(append(npy.AppendHeader(nil, kind, size, t.Shape), b...)); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	return nil
}

// SaveNPY writes one array as .npy, atomically. Its name is not stored.
func SaveNPY(path string, t *Tensor) error {
	return AtomicWriteFile(path, func(w io.Writer) error { return EncodeNPY(w, t) })
}

// SaveNPZ writes the tensors of f as .npz (stored, not deflated), atomically. Metadata and values are not written.
func SaveNPZ(path string, f *File) error {
	return AtomicWriteFile(path, func(w io.Writer) error {
		z := zip.NewWriter(w)
		for _, t := range f.tensors {
			if err := npy.CheckName(t.Name + ".npy"); err != nil {
				return fmt.Errorf("checkpoints: %w", err)
			}
			e, err := z.CreateHeader(&zip.FileHeader{Name: t.Name + ".npy", Method: zip.Store})
			if err != nil {
				return fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
			}
			if err := EncodeNPY(e, t); err != nil {
				return err
			}
		}
		return z.Close()
	})
}
