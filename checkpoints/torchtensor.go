package checkpoints

import (
	"fmt"
	"math"

	"tweedie/checkpoints/internal/pickle"
)

// torchTensor is a tensor without a name yet.
type torchTensor struct {
	view  *view
	shape []int
}

// rebuildTensor reads (storage, offset, size, stride, ...).
func rebuildTensor(args []any) (any, error) {
	if len(args) < 4 || len(args) > 7 {
		return nil, fmt.Errorf("%d arguments", len(args))
	}
	s, ok := args[0].(*storage)
	offset, ok2 := args[1].(int64)
	if !ok || !ok2 {
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
	v, err := newView(s, offset, size, stride)
	if err != nil {
		return nil, err
	}
	shape, err := toInts(size)
	if err != nil {
		return nil, err
	}
	return &torchTensor{v, shape}, nil
}

// rebuildParameter reads (tensor, requires_grad, hooks).
func rebuildParameter(args []any) (any, error) {
	if len(args) == 3 {
		if t, ok := args[0].(*torchTensor); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("a parameter of %d arguments that is no tensor", len(args))
}

func torchSize(args []any) (any, error) {
	if len(args) == 1 {
		if t, ok := args[0].(*pickle.Tuple); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("a size that is no tuple")
}

// torchDevice reads ("cuda", 0) and becomes the string cuda:0.
func torchDevice(args []any) (any, error) {
	if len(args) == 1 || len(args) == 2 {
		if name, ok := args[0].(string); ok {
			if n, ok := args[len(args)-1].(int64); ok {
				return fmt.Sprintf("%s:%d", name, n), nil
			}
			return name, nil
		}
	}
	return nil, fmt.Errorf("a device that is no string")
}

// integers reads a tuple of sizes or strides.
func integers(v any) ([]int64, error) {
	t, ok := v.(*pickle.Tuple)
	if !ok || len(t.Items) > maxViewRank {
		return nil, fmt.Errorf("a size or stride that is %s or has too many axes, want a tuple of at most %d", pickle.Kind(v), maxViewRank)
	}
	list := make([]int64, len(t.Items))
	for i, x := range t.Items {
		if list[i], ok = x.(int64); !ok {
			return nil, fmt.Errorf("a size or stride with %s in it", pickle.Kind(x))
		}
	}
	return list, nil
}

// toInts returns extents, n >= 0, as int, which may be too small for them.
func toInts(list []int64) ([]int, error) {
	out := make([]int, len(list))
	for i, n := range list {
		if n > math.MaxInt {
			return nil, fmt.Errorf("the extents %v overflow this machine's integers", list)
		}
		out[i] = int(n)
	}
	return out, nil
}
