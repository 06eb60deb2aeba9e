package torch

import (
	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
)

// storage is a flat array in a file. Several tensors may be views of it.
type storage struct {
	class pickle.Global
	given int64       // elements, as the file counts them
	dtype store.DType // of the numbers that they are made of
	parts int64       // numbers in an element: 2 of complex ones
	bytes bool        // elements are bytes, and a tensor says what they make
	why   string      // why they cannot be read; "" when they can
	swap  bool        // stored big-endian
	rec   *record     // nil until its place in the file is known
}

// newStorage is a storage of a class of torch; nil for a class that is not known. One whose elements are no numbers by
// themselves says why.
func newStorage(class pickle.Global, count int64, swap bool) *storage {
	s := &storage{class: class, given: count, parts: 1, swap: swap}
	if class == (pickle.Global{Module: "torch.storage", Name: "UntypedStorage"}) || class == (pickle.Global{Module: "torch", Name: "UntypedStorage"}) {
		s.dtype, s.bytes = store.U8, true
		return s
	}
	if class.Module != "torch" {
		return nil
	}
	if d, ok := plainStorages[class.Name]; ok {
		s.dtype = d
		return s
	}
	if d, ok := complexStorages[class.Name]; ok {
		s.dtype, s.parts = d, 2
		return s
	}
	if n, ok := quantisedStorages[class.Name]; ok {
		s.dtype, s.parts = store.U8, n
		s.why = "that is quantised (save tensor.dequantize())"
		return s
	}
	return nil
}

// width is the bytes of an element.
func (s *storage) width() int64 { return s.parts * int64(s.dtype.Size()) }

// Whole is the tensor of all elements of a storage.
func (s *storage) Whole() (any, error) {
	all := []any{s, int64(0), &pickle.Tuple{Items: []any{s.given}}, &pickle.Tuple{Items: []any{int64(1)}}}
	return s.tensor(s.dtype, s.parts, all, nil)
}
