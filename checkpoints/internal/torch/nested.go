package torch

import (
	"fmt"

	"tweedie/checkpoints/internal/pickle"
)

// maxNested limits the pickles of a storage in bytes, which take some 240.
const maxNested = 4096

// Nested reads the storage in a bytes object, as torch.storage._load_from_bytes does: a complete stream, whose elements stay in
// the file. There is nothing nested within.
func (tr *Reader) Nested(args []any) (any, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("%d arguments, want 1", len(args))
	}
	b, ok := args[0].(*pickle.Bytes)
	if !ok {
		return nil, fmt.Errorf("%s, want bytes", pickle.Kind(args[0]))
	}
	if s := tr.nested[b]; s != nil {
		return s, nil
	}
	inner, object, err := stream(b, b.Size(), min(b.Size(), maxNested), false)
	if err != nil {
		return nil, err
	}
	s, ok := object.(*storage)
	if !ok || len(inner.storages) != 1 {
		return nil, fmt.Errorf("%s with %d storages, want one storage", pickle.Kind(object), len(inner.storages))
	}
	tr.nested[b] = s
	tr.storages[fmt.Sprintf("nested %d", len(tr.storages))] = s
	return s, nil
}
