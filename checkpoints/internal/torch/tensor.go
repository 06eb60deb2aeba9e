package torch

import (
	"fmt"
	"math"
	"slices"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
	"tweedie/checkpoints/internal/tree"
)

// rebuildTensor reads (storage, offset, size, stride, requires_grad, hooks, metadata), of which the last three may be missing.
func rebuildTensor(args []any) (any, error) {
	if len(args) < 4 || len(args) > 7 {
		return nil, fmt.Errorf("%d arguments", len(args))
	}
	if s, ok := args[0].(*storage); ok && !s.bytes {
		return s.tensor(s.dtype, s.parts, args, args[min(len(args), 6):])
	}
	return rebuildOf(args)
}

// rebuildTyped reads (storage of bytes, offset, size, stride, requires_grad, hooks, dtype, metadata).
func rebuildTyped(args []any) (any, error) {
	if len(args) < 7 || len(args) > 8 {
		return nil, fmt.Errorf("%d arguments", len(args))
	}
	s, ok := args[0].(*storage)
	class, ok2 := args[6].(pickle.Global)
	if !ok || !ok2 {
		return rebuildOf(args)
	}
	if d, ok := dtypes[class.Name]; ok {
		return s.tensor(d, 1, args, args[7:])
	}
	if class.Name == "complex32" {
		return s.tensor(store.F16, 2, args, args[7:])
	}
	return &tree.Refused{Why: "of " + class.String() + ", an element type that is not read"}, nil
}

// rebuildOf is what becomes of a tensor whose storage is none.
func rebuildOf(args []any) (any, error) {
	switch s := args[0].(type) {
	case *storage:
		return &tree.Refused{Why: "of bytes without an element type"}, nil
	case *pickle.Object:
		return &tree.Refused{Why: "stored in " + s.Class.String() + ", which is not read"}, nil
	}
	return nil, fmt.Errorf("a tensor of %s at %s", pickle.Kind(args[0]), pickle.Kind(args[1]))
}

// tensor is the view that args (storage, offset, size, stride, ...) describe, in elements of parts numbers each.
func (s *storage) tensor(d store.DType, parts int64, args, metadata []any) (any, error) {
	offset, ok := args[1].(int64)
	if !ok {
		return nil, fmt.Errorf("a tensor of %s at %s", pickle.Kind(args[0]), pickle.Kind(args[1]))
	}
	size, err := integers(args[2])
	if err != nil {
		return nil, err
	}
	stride, err := integers(args[3])
	if err != nil {
		return nil, err
	}
	if s.why != "" {
		return &tree.Refused{Why: s.why}, nil
	}
	for _, m := range metadata {
		if d, ok := m.(*pickle.Dict); ok && len(d.Keys) > 0 {
			return &tree.Refused{Why: "whose values are conjugated or negated when they are used (save tensor.resolve_conj().resolve_neg())"}, nil
		}
	}
	if parts == 2 {
		for i, n := range append(slices.Clone(stride), offset) {
			if n > math.MaxInt64/2 {
				return nil, fmt.Errorf("size %v, strides %v, offset %d: overflow", size, stride, offset)
			}
			if i < len(stride) {
				stride[i] = 2 * n
			}
		}
		size, stride, offset = append(size, 2), append(stride, 1), 2*offset
	}
	v, err := newView(s, d, offset, size, stride)
	if err != nil {
		return nil, err
	}
	shape, err := store.ToInts(size)
	if err != nil {
		return nil, err
	}
	bytes, _ := store.ByteSize(d, shape) // newView found it in range
	t := store.New("", d, shape, bytes, v)
	t.Complex = parts == 2 // the last axis is (re, im)
	return &tree.Tensor{Of: t}, nil
}

// rebuildParameter reads (tensor, requires_grad, hooks) and, behind these, attributes; rebuildDevice (array, dtype, device,
// requires_grad) and the like. What comes first is the tensor.
func rebuildParameter(args []any) (any, error) {
	if len(args) >= 1 && len(args) <= 4 {
		switch t := args[0].(type) {
		case *tree.Tensor, *tree.Refused, *pickle.Array:
			return t, nil
		case *pickle.Object:
			return &tree.Refused{Why: "made by " + t.Class.String() + ", which is not read"}, nil
		}
	}
	return nil, fmt.Errorf("a parameter of %d arguments that is no tensor", len(args))
}

// integers reads a tuple of sizes or strides.
func integers(v any) ([]int64, error) {
	t, ok := v.(*pickle.Tuple)
	if !ok || len(t.Items) > maxRank {
		return nil, fmt.Errorf("a size or stride that is %s or has too many axes, want a tuple of at most %d", pickle.Kind(v), maxRank)
	}
	list := make([]int64, len(t.Items))
	for i, x := range t.Items {
		if list[i], ok = x.(int64); !ok {
			return nil, fmt.Errorf("a size or stride with %s in it", pickle.Kind(x))
		}
	}
	return list, nil
}
