package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"tweedie/checkpoints/internal/store"
)

// Encode writes tensors and metadata. Metadata are sorted, the header lists the tensors in their order, the buffer holds them by
// falling element size and begins at a multiple of 8, so that every tensor is aligned.
func Encode(w io.Writer, tensors []*store.Tensor, meta map[string]string) error {
	header, order, err := header(tensors, meta)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	for _, t := range order {
		if err := store.Write(w, t); err != nil {
			return err
		}
	}
	return nil
}

// header returns the length and the JSON, and the tensors in the order of the buffer.
func header(tensors []*store.Tensor, meta map[string]string) ([]byte, []*store.Tensor, error) {
	order := slices.Clone(tensors)
	slices.SortStableFunc(order, func(a, b *store.Tensor) int { return b.DType.Size() - a.DType.Size() })
	begin := make(map[*store.Tensor]int64, len(order))
	at := int64(0)
	for _, t := range order {
		if err := store.Check(t); err != nil { // Shape and Name are open to change since Add
			return nil, nil, err
		}
		begin[t] = at
		at += store.Bytes(t)
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
	h := append(make([]byte, 8), `{"`+store.MetadataKey+`":`...)
	h = append(h, text...)
	for _, t := range tensors {
		name, err := json.Marshal(t.Name)
		if err != nil {
			return nil, nil, fmt.Errorf("checkpoints: tensor %q: %w", t.Name, err)
		}
		dims := strings.ReplaceAll(strings.Trim(fmt.Sprint(t.Shape), "[]"), " ", ",")
		h = fmt.Appendf(h, `,%s:{"dtype":"%v","shape":[%s],"data_offsets":[%d,%d]}`, name, t.DType, dims, begin[t], begin[t]+store.Bytes(t))
	}
	h = append(h, '}')
	for len(h)%8 != 0 {
		h = append(h, ' ')
	}
	if len(h)-8 > MaxHeader {
		return nil, nil, fmt.Errorf("checkpoints: a header of %d bytes, the limit of the format is %d", len(h)-8, MaxHeader)
	}
	binary.LittleEndian.PutUint64(h, uint64(len(h)-8))
	return h, order, nil
}
