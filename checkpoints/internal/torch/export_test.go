package torch

import (
	"bytes"
	"io"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

// ReadObject reads the object of an archive whose every storage lies in the same bytes.
func ReadObject(text, held []byte, modules pickle.Table) (*store.Contents, error) {
	tr := NewReader(1 << 16)
	tr.place = func(key string, n int64) (*record, error) {
		if n > int64(len(held)) {
			return nil, io.ErrUnexpectedEOF
		}
		return &record{Section: store.Section{R: bytes.NewReader(held), N: n}}, nil
	}
	return tr.object(text, modules)
}
