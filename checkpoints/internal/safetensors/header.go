package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"tweedie/checkpoints/internal/store"
)

// complexName is the dtype of pairs of F32.
const complexName = "C64"

// entry is one line of a safetensors header.
type entry struct {
	name       string
	dtype      store.DType
	shape      []int
	complex    bool // the last axis is (re, im)
	begin, end int64
	why        string // why it cannot be read; "" when it can
}

// parseHeader reads the JSON of a safetensors header and checks all that can be checked without the buffer; end is the
// length that the buffer must have. Nesting is limited by the grammar: each token is asked for by its place.
func parseHeader(raw []byte) (entries []entry, meta map[string]string, end int64, err error) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, nil, 0, errors.New("the header does not begin with {")
	}
	if !utf8.Valid(raw) {
		return nil, nil, 0, errors.New("the header is not valid UTF-8")
	}
	d := tokens{json.NewDecoder(bytes.NewReader(raw))}
	d.UseNumber()
	seen := map[string]bool{}
	err = d.object("the header", func(name string) error {
		if seen[name] {
			return fmt.Errorf("%q appears twice", name)
		}
		seen[name] = true
		if name == store.MetadataKey {
			meta, err = d.metadata()
			return err
		}
		if len(entries) == store.MaxTensors {
			return fmt.Errorf("more than the %d tensors that a file may have", store.MaxTensors)
		}
		e, err := d.entry(name)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, nil, 0, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, 0, errors.New("text follows the header's object")
	}
	end, err = tile(entries)
	return entries, meta, end, err
}

// tile requires that the tensors follow each other without hole or overlap from 0, and returns where they end.
func tile(entries []entry) (int64, error) {
	order := make([]*entry, len(entries))
	for i := range order {
		order[i] = &entries[i]
	}
	slices.SortStableFunc(order, func(a, b *entry) int {
		if a.begin != b.begin {
			return int(min(max(a.begin-b.begin, -1), 1))
		}
		return int(min(max(a.end-b.end, -1), 1))
	})
	at := int64(0)
	for _, e := range order {
		if e.begin != at {
			return 0, fmt.Errorf("tensor %q begins at byte %d of the buffer, want %d: holes and overlaps are not allowed", e.name, e.begin, at)
		}
		at = e.end
	}
	return at, nil
}

func (d tokens) metadata() (map[string]string, error) {
	meta := map[string]string{}
	return meta, d.object(store.MetadataKey, func(key string) error {
		if _, ok := meta[key]; ok {
			return fmt.Errorf("%s: %q appears twice", store.MetadataKey, key)
		}
		v, err := d.text(fmt.Sprintf("%s: %q", store.MetadataKey, key))
		meta[key] = v
		return err
	})
}

// entry reads {"dtype": ..., "shape": ..., "data_offsets": ...}, all three once, in any order, and nothing else.
func (d tokens) entry(name string) (entry, error) {
	e := entry{name: name}
	what := fmt.Sprintf("tensor %q", name)
	if strings.ContainsRune(name, utf8.RuneError) {
		return e, fmt.Errorf("%s: the name is not valid Unicode", what)
	}
	var typeName string
	var shape, offsets []int64
	seen := map[string]bool{}
	err := d.object(what, func(key string) (err error) {
		if seen[key] {
			return fmt.Errorf("%s: %q appears twice", what, key)
		}
		switch seen[key] = true; key {
		case "dtype":
			typeName, err = d.text(what + ": dtype")
		case "shape":
			shape, err = d.integers(what+": shape", store.MaxRank)
		case "data_offsets":
			offsets, err = d.integers(what+": data_offsets", 2)
		default:
			err = fmt.Errorf("%s: unknown field %.40q", what, key)
		}
		return err
	})
	if err != nil {
		return e, err
	}
	if len(seen) != 3 || len(offsets) != 2 {
		return e, fmt.Errorf("%s: want dtype, shape and two data_offsets", what)
	}
	e.begin, e.end = offsets[0], offsets[1]
	e.shape, err = store.ToInts(shape)
	if e.dtype = store.DTypeNamed(typeName); typeName == complexName {
		e.dtype, e.shape, e.complex = store.F32, append(e.shape, 2), true
	}
	if e.dtype == 0 && e.end >= e.begin {
		e.why = fmt.Sprintf("a tensor of dtype %.40q, which is not one of F64 F32 F16 BF16 F8_E4M3 F8_E5M2 C64 I64 I32 I16 I8 U64 U32 U16 U8 BOOL", typeName)
		return e, nil
	}
	if e.dtype == 0 {
		return e, fmt.Errorf("%s: data_offsets %v", what, offsets)
	}
	if n, ok := store.ByteSize(e.dtype, e.shape); err != nil || !ok || e.end < e.begin || n != e.end-e.begin {
		return e, fmt.Errorf("%s: %v of shape %v does not take the bytes %d to %d", what, e.dtype, shape, e.begin, e.end)
	}
	return e, nil
}
