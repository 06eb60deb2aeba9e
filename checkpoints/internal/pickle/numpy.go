package pickle

import (
	"fmt"
	"math"
)

// Array is a numpy array: of numbers or text, whose bytes stay in the file, or of objects, which are Items.
type Array struct {
	Kind    byte   // f float, i int, u unsigned, b bool, c complex; 0 for text, objects, and types that are not read
	Type    string // of an element, as numpy names it: f4, U3, O8, bfloat16
	Size    int    // bytes of an element
	Big     bool   // big-endian
	Fortran bool   // column-major
	Shape   []int
	Data    *Bytes // as many bytes as the shape says
	Items   []any  // objects, instead of Data
}

const maxRank = 16

// Numpy is the table of numpy's element types, scalars and arrays, and of JAX's arrays, which contain one of numpy's.
func Numpy() Table {
	t := Table{
		{"numpy", "dtype"}:                       {Reduce: newDType},
		ndarray:                                  {},
		{"jax._src.array", "_reconstruct_array"}: {Reduce: jaxArray},
		{"jax._src.device_array", "reconstruct_device_array"}: {Reduce: jaxArray},
	}
	for _, m := range []string{"numpy.core", "numpy._core"} {
		t[Global{m + ".multiarray", "scalar"}] = Maker{Reduce: scalar}
		t[Global{m + ".multiarray", "_reconstruct"}] = Maker{Reduce: newArray}
		t[Global{m + ".numeric", "_frombuffer"}] = Maker{Reduce: fromBuffer}
	}
	return t
}

var ndarray = Global{"numpy", "ndarray"}

// newArray reads (numpy.ndarray or a class that extends it, (0,), b"b"), which Build then fills.
func newArray(args []any) (any, error) {
	if len(args) != 3 {
		return nil, errArgs
	}
	if _, ok := args[0].(Global); !ok {
		return nil, errArgs
	}
	return &Array{Data: bytesOf("")}, nil
}

// jaxArray reads (numpy's _reconstruct, its arguments, the state of that array, what JAX adds).
func jaxArray(args []any) (any, error) {
	if len(args) < 3 {
		return nil, errArgs
	}
	a := &Array{Data: bytesOf("")}
	return a, a.Build(args[2])
}

// fromBuffer reads (bytes, dtype, shape, "C" or "F"), as protocol 5 stores an array.
func fromBuffer(args []any) (any, error) {
	if len(args) != 4 || args[3] != "C" && args[3] != "F" {
		return nil, errArgs
	}
	a := &Array{Data: bytesOf("")}
	return a, a.Build(&Tuple{[]any{int64(1), args[2], args[1], args[3] == "F", args[0]}})
}

// Build reads (1, shape, dtype, fortran, bytes); an array of objects has a list instead of bytes.
func (a *Array) Build(state any) error {
	t, ok := state.(*Tuple)
	if !ok || len(t.Items) != 5 || a.Type != "" {
		return errArgs
	}
	shape, ok1 := t.Items[1].(*Tuple)
	fortran, ok3 := t.Items[3].(bool)
	if !ok1 || !ok3 || len(shape.Items) > maxRank {
		return errArgs
	}
	d, ok2 := t.Items[2].(*dtype)
	if o, foreign := t.Items[2].(*Object); foreign { // a type that is not read
		a.Type = "another"
		if len(o.Args) > 0 {
			a.Type = Short(o.Args[0])
		}
		return nil
	}
	if !ok2 {
		return errArgs
	}
	raw := t.Items[4]
	if s, ok := raw.(string); ok { // of Python 2
		raw = bytesOf(s)
	}
	switch data := raw.(type) {
	case *List:
		if d.name[0] == 'O' {
			*a = Array{Type: d.name, Items: data.Items, Data: bytesOf("")}
			if a.Items == nil {
				a.Items = []any{}
			}
			return nil
		}
	case *Bytes:
		dims, err := extents(shape.Items, d.size, data.Size())
		if err != nil {
			return err
		}
		*a = Array{Kind: d.kind, Type: d.name, Size: d.size, Big: d.big, Fortran: fortran, Shape: dims, Data: data}
		return nil
	}
	return errArgs
}

// extents compares a shape with the bytes that there are.
func extents(shape []any, size int, bytes int64) ([]int, error) {
	n := int64(size)
	dims := make([]int, len(shape))
	for i, s := range shape {
		k, ok := s.(int64)
		if !ok || k < 0 || k > math.MaxInt || k > 0 && n > bytes/k {
			return nil, fmt.Errorf("an array of shape %v in %d bytes", dims[:i], bytes)
		}
		dims[i] = int(k)
		n *= k
	}
	if n != bytes {
		return nil, fmt.Errorf("an array of %d bytes and shape %v in %d bytes", n, dims, bytes)
	}
	return dims, nil
}

// Text returns the elements of an array of text; false for any other, and for one of more than limit bytes.
func (a *Array) Text(limit int64) ([]any, bool, error) {
	d := &dtype{name: a.Type, size: a.Size, big: a.Big}
	if a.Items != nil || a.Size == 0 || !d.text() || a.Data.Size() > limit {
		return nil, false, nil
	}
	b, err := a.Data.ReadAll(limit)
	if err != nil {
		return nil, false, err
	}
	list := make([]any, 0, len(b)/a.Size)
	for ; len(b) > 0; b = b[a.Size:] {
		list = append(list, d.decode(b[:a.Size]))
	}
	return list, true, nil
}
