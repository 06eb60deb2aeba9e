package checkpoints

import (
	"fmt"
	"io"
	"maps"

	"tweedie/checkpoints/internal/safetensors"
	"tweedie/checkpoints/internal/torch"
)

// SaveOptions says how Save writes.
type SaveOptions struct {
	Zstd bool // wrap the file in zstd; Open reads both, Python reads it after zstd -d
}

// Save writes f as safetensors, atomically: see AtomicWriteFile. It adds format_version to the metadata.
func Save(path string, f *File, o SaveOptions) error {
	return AtomicWriteFile(path, func(w io.Writer) error {
		if !o.Zstd {
			return f.Encode(w)
		}
		z, err := safetensors.NewZstdWriter(w)
		if err != nil {
			return fmt.Errorf("checkpoints: zstd: %w", err)
		}
		if err := f.Encode(z); err != nil {
			z.Close()
			return err
		}
		return z.Close()
	})
}

// Encode writes f as safetensors. Equal files give equal bytes: metadata are sorted, the header lists tensors in the
// order of Add, the buffer holds them by falling element size, and the buffer begins at a multiple of 8, so that every
// tensor is aligned.
func (f *File) Encode(w io.Writer) error {
	meta := map[string]string{}
	maps.Copy(meta, f.Meta)
	meta[versionKey] = fmt.Sprint(FormatVersion)
	return safetensors.Encode(w, f.set.All(), meta)
}

// SaveTorch writes the tensors of f as torch.save writes a state_dict, atomically: torch.load(path, weights_only=True)
// reads it. Metadata and values are not written.
func SaveTorch(path string, f *File) error {
	return AtomicWriteFile(path, func(w io.Writer) error { return EncodeTorch(w, f) })
}

// EncodeTorch writes the archive of SaveTorch. The pickle in it is, byte for byte, that of torch 1.13; each storage
// begins at a multiple of 64, for those who map the file.
func EncodeTorch(w io.Writer, f *File) error { return torch.Encode(w, f.set.All()) }
