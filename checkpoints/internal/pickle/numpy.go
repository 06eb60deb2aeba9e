package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"

	"tweedie/internal/npy"
)

// Array is a numpy array of numbers.
type Array struct {
	Kind    byte // f float, i int, u unsigned, b bool
	Size    int  // bytes of an element
	Big     bool // big-endian
	Fortran bool // column-major
	Shape   []int
	Data    *Bytes // as many bytes as the shape says
}

// dtype is a numpy element type under construction.
type dtype struct {
	kind byte
	size int
	big  bool
}

const maxRank = 16

// Numpy is the table of numpy's element types, scalars and arrays.
func Numpy() Table {
	t := Table{
		{"numpy", "dtype"}: {Reduce: newDType},
		ndarray:            {},
	}
	for _, m := range []string{"numpy.core.multiarray", "numpy._core.multiarray"} {
		t[Global{m, "scalar"}] = Maker{Reduce: scalar}
		t[Global{m, "_reconstruct"}] = Maker{Reduce: newArray}
	}
	return t
}

var ndarray = Global{"numpy", "ndarray"}

// newDType reads ("f8", False, True).
func newDType(args []any) (any, error) {
	if len(args) != 3 {
		return nil, errArgs
	}
	name, _ := args[0].(string)
	if !slices.Contains([]string{"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}, name) {
		return nil, fmt.Errorf("element type %s is not read", Short(args[0]))
	}
	return &dtype{kind: name[0], size: int(name[1] - '0')}, nil
}

// Build reads (3, "<", None, None, None, -1, -1, 0).
func (d *dtype) Build(state any) error {
	t, ok := state.(*Tuple)
	if !ok || len(t.Items) < 5 || t.Items[2] != nil || t.Items[3] != nil || t.Items[4] != nil {
		return errArgs
	}
	switch t.Items[1] {
	case "<", "|", "=":
		d.big = false
	case ">":
		d.big = true
	default:
		return errArgs
	}
	return nil
}

// scalar reads (dtype, bytes).
func scalar(args []any) (any, error) {
	if len(args) != 2 {
		return nil, errArgs
	}
	d, ok := args[0].(*dtype)
	raw, ok2 := args[1].(*Bytes)
	if !ok || !ok2 || raw.Size() != int64(d.size) {
		return nil, errArgs
	}
	b, err := raw.ReadAll(8)
	if err != nil {
		return nil, err
	}
	if d.big {
		slices.Reverse(b)
	}
	var word [8]byte
	copy(word[:], b)
	u := binary.LittleEndian.Uint64(word[:])
	switch {
	case d.kind == 'b':
		return u != 0, nil
	case d.kind == 'u' && u > math.MaxInt64:
		return new(big.Int).SetUint64(u), nil
	case d.kind == 'u':
		return int64(u), nil
	case d.kind == 'i':
		shift := 64 - 8*d.size
		return int64(u) << shift >> shift, nil
	}
	var x [1]float64
	npy.Float64s(x[:], 'f', d.size, b)
	return x[0], nil
}

// newArray reads (numpy.ndarray, (0,), b"b"), which Build then fills.
func newArray(args []any) (any, error) {
	if len(args) != 3 || args[0] != ndarray {
		return nil, errArgs
	}
	return &Array{Data: bytesOf("")}, nil
}

// Build reads (1, shape, dtype, fortran, bytes).
func (a *Array) Build(state any) error {
	t, ok := state.(*Tuple)
	if !ok || len(t.Items) != 5 || a.Kind != 0 {
		return errArgs
	}
	shape, ok1 := t.Items[1].(*Tuple)
	d, ok2 := t.Items[2].(*dtype)
	fortran, ok3 := t.Items[3].(bool)
	raw, ok4 := t.Items[4].(*Bytes)
	if !ok1 || !ok2 || !ok3 || !ok4 || len(shape.Items) > maxRank {
		return errArgs
	}
	n := int64(d.size)
	dims := make([]int, len(shape.Items))
	for i, s := range shape.Items {
		k, ok := s.(int64)
		if !ok || k < 0 || k > math.MaxInt || k > 0 && n > raw.Size()/k {
			return fmt.Errorf("an array of shape %v in %d bytes", dims[:i], raw.Size())
		}
		dims[i] = int(k)
		n *= k
	}
	if n != raw.Size() {
		return fmt.Errorf("an array of %d bytes and shape %v in %d bytes", n, dims, raw.Size())
	}
	*a = Array{d.kind, d.size, d.big, fortran, dims, raw}
	return nil
}
