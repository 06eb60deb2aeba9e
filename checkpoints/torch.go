package checkpoints

import (
	"fmt"
	"maps"
	"math"
	"strings"

	"tweedie/checkpoints/internal/pickle"
)

// torchStorages are the storage classes that are read, by their names in the module torch.
var torchStorages = map[string]DType{
	"DoubleStorage": F64, "FloatStorage": F32, "HalfStorage": F16, "BFloat16Storage": BF16,
	"LongStorage": I64, "IntStorage": I32, "ShortStorage": I16, "CharStorage": I8, "ByteStorage": U8, "BoolStorage": BOOL,
}

var torchDTypes = []string{"float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"}

// torchReader holds what the functions of a torch pickle refer to.
type torchReader struct {
	legacy   bool // persistent ids have a sixth element, storages get their places later
	size     int64
	storages map[string]*storage
	place    func(key string, bytes int64) (*record, error) // finds a storage's bytes; nil in a legacy stream
	swap     bool
}

// table is what the pickle of an object may name: data types of Python and numpy, and these of torch.
func (tr *torchReader) table() pickle.Table {
	t := pickle.Python()
	maps.Copy(t, pickle.Numpy())
	for name := range torchStorages {
		t[pickle.Global{Module: "torch", Name: name}] = pickle.Maker{}
	}
	for _, name := range torchDTypes {
		t[pickle.Global{Module: "torch", Name: name}] = pickle.Maker{}
	}
	t[pickle.Global{Module: "torch", Name: "Size"}] = pickle.Maker{Reduce: torchSize}
	t[pickle.Global{Module: "torch", Name: "device"}] = pickle.Maker{Reduce: torchDevice}
	t[pickle.Global{Module: "torch._utils", Name: "_rebuild_tensor"}] = pickle.Maker{Reduce: rebuildTensor}
	t[pickle.Global{Module: "torch._utils", Name: "_rebuild_tensor_v2"}] = pickle.Maker{Reduce: rebuildTensor}
	t[pickle.Global{Module: "torch._utils", Name: "_rebuild_parameter"}] = pickle.Maker{Reduce: rebuildParameter}
	return t
}

// persistent turns ("storage", class, key, location, count) into a *storage; the location is of no interest.
func (tr *torchReader) persistent(id *pickle.Tuple) (any, error) {
	want := 5
	if tr.legacy {
		want = 6
	}
	switch {
	case len(id.Items) > 0 && id.Items[0] == "module":
		return nil, fmt.Errorf("a pickled module: only its state_dict can be read")
	case len(id.Items) != want || id.Items[0] != "storage":
		return nil, fmt.Errorf("a persistent id of %d elements, want (\"storage\", ...) of %d", len(id.Items), want)
	case tr.legacy && id.Items[5] != nil:
		return nil, fmt.Errorf("a storage that is a view of another, as torch before 0.4 wrote")
	}
	class, _ := id.Items[1].(pickle.Global)
	dtype, ok := torchStorages[class.Name]
	key, ok2 := id.Items[2].(string)
	count, ok3 := id.Items[4].(int64)
	if !ok || class.Module != "torch" || !ok2 || !ok3 || count < 0 {
		return nil, fmt.Errorf("a storage of class %s, key %s and length %s", pickle.Short(id.Items[1]), pickle.Short(id.Items[2]), pickle.Short(id.Items[4]))
	}
	if key == "" || strings.Trim(key, "0123456789") != "" {
		return nil, fmt.Errorf("the storage key %.80q is not a number", key)
	}
	if s := tr.storages[key]; s != nil {
		if s.dtype != dtype || s.count != count {
			return nil, fmt.Errorf("storage %q is %d of %v here and %d of %v before", key, count, dtype, s.count, s.dtype)
		}
		return s, nil
	}
	if tr.legacy && count > tr.size/int64(dtype.Size()) {
		return nil, fmt.Errorf("storage %q: %d elements of %v in a file of %d bytes", key, count, dtype, tr.size)
	}
	s := &storage{dtype: dtype, count: count, swap: tr.swap}
	if tr.place != nil {
		if count > math.MaxInt64/int64(dtype.Size()) {
			return nil, fmt.Errorf("storage %q: %d elements of %v overflow", key, count, dtype)
		}
		rec, err := tr.place(key, count*int64(dtype.Size()))
		if err != nil {
			return nil, fmt.Errorf("storage %q: %w", key, err)
		}
		s.rec = rec
	}
	tr.storages[key] = s
	return s, nil
}
