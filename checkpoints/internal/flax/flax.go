// Package flax reads what flax.serialization.to_bytes writes: msgpack, by the keys of its maps.
package flax

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"tweedie/checkpoints/internal/pickle"
	"tweedie/checkpoints/internal/store"
	"tweedie/checkpoints/internal/tree"
)

// The extensions of flax: an array, a complex number, a numpy scalar.
const (
	arrayKind   = 1
	complexKind = 2
	scalarKind  = 3
)

func knownExtension(kind int8) bool { return kind >= arrayKind && kind <= scalarKind }

// Is reports whether a file begins with a map of msgpack that has a string for its first key.
func Is(head []byte) bool {
	if len(head) < 8 {
		head = append(append([]byte{}, head...), make([]byte, 8)...)
	}
	key := byte(0)
	switch c := head[0]; {
	case c > 0x80 && c < 0x90:
		key = head[1]
	case c == 0xde:
		key = head[3]
	case c == 0xdf:
		key = head[5]
	}
	return key >= 0xa0 && key < 0xc0 || key >= 0xd9 && key <= 0xdb
}

// Read reads what flax.serialization.to_bytes writes: a tree of maps in msgpack, with arrays at its leaves.
func Read(r io.ReaderAt, size int64) (*store.Contents, error) {
	p := &packed{r: r, size: size, ext: leaf}
	object, err := p.value()
	if err == nil && p.left() > 0 {
		err = fmt.Errorf("%d bytes follow the tree", p.left())
	}
	var w *tree.Tree
	if err == nil {
		w, err = tree.Flatten(object)
	}
	if err == nil && len(w.Tensors) == 0 {
		err = errors.New("there are no arrays in it")
	}
	if err != nil {
		return nil, fmt.Errorf("flax: %w", err)
	}
	c := &store.Contents{Format: "flax", Values: w.Values}
	return c, c.Add(w.Tensors...)
}

// types are numpy's names of the element types.
var types = map[string]store.DType{
	"float64": store.F64, "float32": store.F32, "float16": store.F16, "bfloat16": store.BF16, "bool": store.BOOL,
	"int64": store.I64, "int32": store.I32, "int16": store.I16, "int8": store.I8, "uint64": store.U64, "uint32": store.U32, "uint16": store.U16, "uint8": store.U8,
}

// leaf is an array, from [shape, type, bytes], a numpy scalar, from the same, or a complex number, from [re, im].
func leaf(kind int8, content any) (any, error) {
	l, ok := content.(*pickle.List)
	if !ok {
		return nil, fmt.Errorf("an extension with %s in it, want an array", pickle.Kind(content))
	}
	if kind == complexKind {
		for _, v := range l.Items {
			switch v.(type) {
			case float64, int64:
			default:
				ok = false
			}
		}
		if !ok || len(l.Items) != 2 {
			return nil, errors.New("a complex number that is not two numbers")
		}
		return l, nil
	}
	t, err := tensor(l.Items)
	if err != nil || kind == arrayKind {
		return t, err
	}
	if len(t.Shape) > 0 {
		return nil, fmt.Errorf("a scalar of shape %v", t.Shape)
	}
	return number(t)
}

func tensor(parts []any) (*store.Tensor, error) {
	if len(parts) != 3 {
		return nil, fmt.Errorf("an array made of %d values, want shape, type and bytes", len(parts))
	}
	dims, ok := parts[0].(*pickle.List)
	name, ok2 := parts[1].(string)
	data, ok3 := parts[2].(*pickle.Bytes)
	if !ok || !ok2 || !ok3 {
		return nil, fmt.Errorf("an array made of %s, %s and %s, want shape, type and bytes", pickle.Kind(parts[0]), pickle.Short(parts[1]), pickle.Kind(parts[2]))
	}
	d := types[name]
	if d == 0 {
		return nil, fmt.Errorf("an array of type %.80q, which cannot be read", name)
	}
	shape, err := shapeOf(dims.Items)
	if err != nil {
		return nil, err
	}
	if n, ok := store.ByteSize(d, shape); !ok || n != data.Size() {
		return nil, fmt.Errorf("an array of type %s and shape %v in %d bytes", name, shape, data.Size())
	}
	return store.New("", d, shape, data.Size(), store.Section{R: data, N: data.Size()}), nil
}

func shapeOf(dims []any) ([]int, error) {
	if len(dims) > store.MaxRank {
		return nil, fmt.Errorf("an array with %d axes, the limit is %d", len(dims), store.MaxRank)
	}
	shape := make([]int64, len(dims))
	for i, v := range dims {
		n, ok := v.(int64)
		if !ok || n < 0 {
			return nil, fmt.Errorf("an array with %s for the length of axis %d", pickle.Short(v), i)
		}
		shape[i] = n
	}
	return store.ToInts(shape)
}

// number is the only element of t.
func number(t *store.Tensor) (any, error) {
	if t.DType.IsFloat() {
		x, err := t.Float64s()
		if err != nil {
			return nil, err
		}
		return x[0], nil
	}
	if t.DType == store.U64 {
		b, err := t.Bytes()
		if err != nil {
			return nil, err
		}
		var be [8]byte
		for i, c := range b {
			be[7-i] = c
		}
		if v := new(big.Int).SetBytes(be[:]); !v.IsInt64() {
			return v, nil
		}
	}
	x, err := t.Int64s()
	if err != nil {
		return nil, err
	}
	if t.DType == store.BOOL {
		return x[0] != 0, nil
	}
	return x[0], nil
}
