package checkpoints

import (
	"errors"
	"fmt"
	"strconv"

	"tweedie/checkpoints/internal/pickle"
)

// chunkedMark is a key of the map that stands for an array of more than 2^30 bytes.
const chunkedMark = "__msgpack_chunked_array__"

// chunked joins {mark: true, "shape": {"0": n, ...}, "chunks": {"0": array, ...}}; the data stay where they are.
func chunked(d *pickle.Dict) (any, error) {
	dims, err := numbered(d, "shape")
	if err != nil {
		return nil, err
	}
	list, err := numbered(d, "chunks")
	if err != nil {
		return nil, err
	}
	shape, err := flaxShape(dims)
	if err != nil {
		return nil, err
	}
	t := &Tensor{Shape: shape}
	parts := make(sections, 0, len(list))
	for i, v := range list {
		c, ok := v.(*Tensor)
		if !ok || i > 0 && c.DType != t.DType {
			return nil, fmt.Errorf("chunk %d of an array is no array, or not of the type of the first", i)
		}
		s, ok := c.src.(section)
		if !ok || len(c.Shape) != 1 {
			return nil, fmt.Errorf("chunk %d of an array has shape %v, want one axis", i, c.Shape)
		}
		parts = append(parts, s)
		t.DType = c.DType
		t.bytes += c.bytes
	}
	if len(list) == 0 {
		return nil, errors.New("an array of no chunks")
	}
	if n, ok := byteSize(t.DType, shape); !ok || n != t.bytes {
		return nil, fmt.Errorf("chunks of %d bytes for an array of %v and shape %v", t.bytes, t.DType, shape)
	}
	t.src = parts
	return t, nil
}

// numbered returns the values of the map at key, whose own keys are "0", "1", ...
func numbered(d *pickle.Dict, key string) ([]any, error) {
	v, _ := d.Get(key)
	m, ok := v.(*pickle.Dict)
	if !ok {
		return nil, fmt.Errorf("an array in chunks whose %q is %s, want a map", key, pickle.Kind(v))
	}
	list := make([]any, len(m.Keys))
	for i := range list {
		if list[i], ok = m.Get(strconv.Itoa(i)); !ok {
			return nil, fmt.Errorf("an array in chunks without number %d of its %d %s", i, len(m.Keys), key)
		}
	}
	return list, nil
}
