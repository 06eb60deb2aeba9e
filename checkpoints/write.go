package checkpoints

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
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
		z, err := newZstdWriter(w)
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
	return f.encode(w, meta)
}

func (f *File) encode(w io.Writer, meta map[string]string) error {
	header, order, err := f.header(meta)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	for _, t := range order {
		if err := t.write(w); err != nil {
			return err
		}
	}
	return nil
}

// header returns the length and the JSON, and the tensors in the order of the buffer.
func (f *File) header(meta map[string]string) ([]byte, []*Tensor, error) {
	order := slices.Clone(f.tensors)
	slices.SortStableFunc(order, func(a, b *Tensor) int { return b.DType.Size() - a.DType.Size() })
	begin := make(map[*Tensor]int64, len(order))
	at := int64(0)
	for _, t := range order {
		if err := t.check(); err != nil { // Shape and Name are open to change since Add
			return nil, nil, err
		}
		begin[t] = at
		at += t.bytes
	}
	for k, v := range meta {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return nil, nil, fmt.Errorf("checkpoints: metadata %q: %.80q is not valid UTF-8", k, v)
		}
	}
	text, err := json.Marshal(meta) // sorted
	if err != nil {
		return nil, nil, fmt.Errorf("checkpoints: metadata: %w", err)
	}
	h := append(make([]byte, 8), `{"`+metadataKey+`":`...)
	h = append(h, text...)
	for _, t := range f.tensors {
		name, err := json.Marshal(t.Name)
		if err != nil {
			return nil, nil, fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
		}
		dims := strings.ReplaceAll(strings.Trim(fmt.Sprint(t.Shape), "[]"), " ", ",")
		h = fmt.Appendf(h, `,%s:{"dtype":"%v","shape":[%s],"data_offsets":[%d,%d]}`, name, t.DType, dims, begin[t], begin[t]+t.bytes)
	}
	h = append(h, '}')
	for len(h)%8 != 0 {
		h = append(h, ' ')
	}
	if len(h)-8 > maxHeader {
		return nil, nil, fmt.Errorf("checkpoints: a header of %d bytes, the limit of the format is %d", len(h)-8, maxHeader)
	}
	binary.LittleEndian.PutUint64(h, uint64(len(h)-8))
	return h, order, nil
}
