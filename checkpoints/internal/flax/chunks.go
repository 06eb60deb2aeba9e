package flax

import (
	"errors"
	"fmt"
	"strconv"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
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
	shape, err := shapeOf(dims)
	if err != nil {
		return nil, err
	}
	var dtype store.DType
	var bytes int64
	parts := make(store.Sections, 0, len(list))
	for i, v := range list {
		c, ok := v.(*store.Tensor)
		if !ok || i > 0 && c.DType != dtype {
			return nil, fmt.Errorf("chunk %d of an array is no array, or not of the type of the first", i)
		}
		s, ok := store.SourceOf(c).(store.Section)
		if !ok || len(c.Shape) != 1 {
			return nil, fmt.Errorf("chunk %d of an array has shape %v, want one axis", i, c.Shape)
		}
		parts = append(parts, s)
		dtype = c.DType
		bytes += store.Bytes(c)
	}
	if len(list) == 0 {
		return nil, errors.New("an array of no chunks")
	}
	if n, ok := store.ByteSize(dtype, shape); !ok || n != bytes {
		return nil, fmt.Errorf("chunks of %d bytes for an array of %v and shape %v", bytes, dtype, shape)
	}
	return store.New("", dtype, shape, bytes, parts), nil
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
