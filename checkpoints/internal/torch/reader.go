// Package torch reads what torch.save writes, now (an archive) and before version 1.6 (a stream of pickles), as data: the
// pickle is interpreted, nothing in it is imported or called. A tensor is a view of a storage, which stays in the file:
//
//	x[i0, i1, ...] = storage[offset + i0 * stride0 + i1 * stride1 + ...]          strides are arbitrary, 0 repeats
//
// It writes the archive of a state_dict.
package torch

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

// plainStorages are the storage classes that are read, by their names in the module torch.
var plainStorages = map[string]store.DType{
	"DoubleStorage": store.F64, "FloatStorage": store.F32, "HalfStorage": store.F16, "BFloat16Storage": store.BF16,
	"LongStorage": store.I64, "IntStorage": store.I32, "ShortStorage": store.I16, "CharStorage": store.I8, "ByteStorage": store.U8, "BoolStorage": store.BOOL,
}

// complexStorages are those of complex numbers, (re, im), by the type of these.
var complexStorages = map[string]store.DType{"ComplexDoubleStorage": store.F64, "ComplexFloatStorage": store.F32}

// quantisedStorages are the bytes of an element in those of numbers that mean something with a scale only.
var quantisedStorages = map[string]int64{"QInt8Storage": 1, "QUInt8Storage": 1, "QInt32Storage": 4, "QUInt4x2Storage": 1, "QUInt2x4Storage": 1}

// dtypes are the element types by their names in the module torch.
var dtypes = map[string]store.DType{
	"float64": store.F64, "float32": store.F32, "float16": store.F16, "bfloat16": store.BF16, "float8_e4m3fn": store.F8E4M3, "float8_e5m2": store.F8E5M2,
	"int64": store.I64, "int32": store.I32, "int16": store.I16, "int8": store.I8, "uint64": store.U64, "uint32": store.U32, "uint16": store.U16, "uint8": store.U8, "bool": store.BOOL,
}

// Reader holds what the functions of a pickle of torch refer to.
type Reader struct {
	legacy   bool // persistent ids have a sixth element, storages get their places later
	size     int64
	storages map[string]*storage
	nested   map[*pickle.Bytes]*storage                     // those that lie in a bytes object
	place    func(key string, bytes int64) (*record, error) // finds a storage's bytes; nil in a legacy stream
	swap     bool
}

// NewReader returns a reader of a pickle in a file of size bytes.
func NewReader(size int64) *Reader {
	return &Reader{size: size, storages: map[string]*storage{}, nested: map[*pickle.Bytes]*storage{}}
}

// Table is what the pickle of an object may name and has a meaning here: data types of Python and numpy, and these of torch.
func (tr *Reader) Table() pickle.Table {
	t := pickle.Python()
	maps.Copy(t, pickle.Numpy())
	for _, name := range slices.Concat(slices.Collect(maps.Keys(plainStorages)), slices.Collect(maps.Keys(dtypes))) {
		t[pickle.Global{Module: "torch", Name: name}] = pickle.Maker{}
	}
	t[pickle.Global{Module: "torch", Name: "Size"}] = pickle.Maker{Reduce: sizeOf}
	t[pickle.Global{Module: "torch", Name: "device"}] = pickle.Maker{Reduce: device}
	t[pickle.Global{Module: "torch.serialization", Name: "_get_layout"}] = pickle.Maker{Reduce: layout}
	for name, rebuild := range rebuilds {
		t[name] = pickle.Maker{Reduce: rebuild}
	}
	t[pickle.Global{Module: "torch._tensor", Name: "_rebuild_from_type"}] = pickle.Maker{Reduce: rebuildFromType}
	t[pickle.Global{Module: "torch._tensor", Name: "_rebuild_from_type_v2"}] = pickle.Maker{Reduce: rebuildFromType}
	return t
}

// persistent turns ("storage", class, key, location, count) into a *storage; the location is of no interest. The class of a
// module comes with its source text, which is of none either.
func (tr *Reader) persistent(id *pickle.Tuple) (any, error) {
	want := 5
	if tr.legacy {
		want = 6
	}
	if n := len(id.Items); n == 4 && id.Items[0] == "module" {
		if class, ok := id.Items[1].(pickle.Global); ok {
			return class, nil
		}
	}
	switch {
	case len(id.Items) > 1 && id.Items[0] == "module":
		return nil, fmt.Errorf("a pickled module of %d elements, whose class is %s", len(id.Items), pickle.Kind(id.Items[1]))
	case len(id.Items) != want || id.Items[0] != "storage":
		return nil, fmt.Errorf("a persistent id of %d elements, want (\"storage\", ...) of %d", len(id.Items), want)
	case tr.legacy && id.Items[5] != nil:
		return nil, fmt.Errorf("a storage that is a view of another, as torch before 0.4 wrote")
	}
	class, isClass := id.Items[1].(pickle.Global)
	key, ok2 := id.Items[2].(string)
	count, ok3 := id.Items[4].(int64)
	if !isClass || !ok2 || !ok3 || count < 0 {
		return nil, fmt.Errorf("a storage of class %s, key %s and length %s", pickle.Short(id.Items[1]), pickle.Short(id.Items[2]), pickle.Short(id.Items[4]))
	}
	if key == "" || strings.Trim(key, "0123456789") != "" {
		return nil, fmt.Errorf("the storage key %.80q is not a number", key)
	}
	s := newStorage(class, count, tr.swap)
	if s == nil {
		if tr.legacy {
			return nil, fmt.Errorf("a storage of class %s, whose length is not known", pickle.Short(class))
		}
		return &pickle.Object{Class: class}, nil
	}
	if before := tr.storages[key]; before != nil {
		if before.class != class || before.given != count {
			return nil, fmt.Errorf("storage %q is %d of %v here and %d of %v before", key, count, s.dtype, before.given, before.dtype)
		}
		return before, nil
	}
	if tr.legacy && count > tr.size/s.width() {
		return nil, fmt.Errorf("storage %q: %d elements of %v in a file of %d bytes", key, count, s.dtype, tr.size)
	}
	if tr.place != nil {
		if count > math.MaxInt64/s.width() {
			return nil, fmt.Errorf("storage %q: %d elements of %v overflow", key, count, s.dtype)
		}
		rec, err := tr.place(key, count*s.width())
		if err != nil {
			return nil, fmt.Errorf("storage %q: %w", key, err)
		}
		s.rec = rec
	}
	tr.storages[key] = s
	return s, nil
}
