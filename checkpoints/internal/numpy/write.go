package numpy

import (
	"archive/zip"
	"fmt"
	"io"

	"tweedie/checkpoints/internal/store"
	"tweedie/internal/npy"
)

// Encode writes one array in numpy's format, little-endian and row-major. BF16, F8E4M3 and F8E5M2, which numpy lacks, are
// written as float32.
func Encode(w io.Writer, t *store.Tensor) error {
	if err := store.Check(t); err != nil {
		return err
	}
	var b []byte
	var err error
	kind, size := store.NumpyKind(t.DType), t.DType.Size()
	if kind == 0 {
		kind, size = 'f', 4
		var wide []float32
		if wide, err = t.Float32s(); err == nil {
			b, err = store.FromFloat32(t.Name, t.Shape, wide).Bytes()
		}
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

// EncodeArchive writes an archive of arrays (stored, not deflated).
func EncodeArchive(w io.Writer, tensors []*store.Tensor) error {
	z := zip.NewWriter(w)
	for _, t := range tensors {
		if err := npy.CheckName(t.Name + ".npy"); err != nil {
			return fmt.Errorf("checkpoints: %w", err)
		}
		e, err := z.CreateHeader(&zip.FileHeader{Name: t.Name + ".npy", Method: zip.Store})
		if err != nil {
			return fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
		}
		if err := Encode(e, t); err != nil {
			return err
		}
	}
	return z.Close()
}
