package pickle

import (
	"fmt"
	"io"
	"strings"
)

// Python is the table of what is neither torch's nor numpy's: OrderedDict, set and bytes, the encoding by
// which protocol 2 stores bytes, and argparse.Namespace, which becomes an Object.
func Python() Table {
	t := Table{
		{"collections", "OrderedDict"}: {Reduce: orderedDict},
		{"_codecs", "encode"}:          {Reduce: encode},
		namespace:                      {New: newNamespace},
	}
	for _, m := range []string{"builtins", "__builtin__"} {
		t[Global{m, "set"}] = Maker{Reduce: newSet}
		t[Global{m, "bytes"}] = Maker{Reduce: emptyBytes}
		t[Global{m, "object"}] = Maker{}
	}
	for _, m := range []string{"copyreg", "copy_reg"} {
		t[Global{m, "_reconstructor"}] = Maker{Reduce: reconstructor}
	}
	return t
}

var namespace = Global{"argparse", "Namespace"}

// orderedDict makes an empty one, or, as Python 2 did, one of a list of pairs.
func orderedDict(args []any) (any, error) {
	d := &Dict{Ordered: true}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*List)
	if !ok || len(args) > 1 {
		return nil, errArgs
	}
	for _, p := range pairs.Items {
		var kv []any
		switch p := p.(type) {
		case *List:
			kv = p.Items
		case *Tuple:
			kv = p.Items
		}
		if len(kv) != 2 {
			return nil, errArgs
		}
		if err := d.Set(kv[0], kv[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// newSet makes a set of a list.
func newSet(args []any) (any, error) {
	if len(args) == 1 {
		if l, ok := args[0].(*List); ok {
			return &Set{l.Items[:len(l.Items):len(l.Items)]}, nil
		}
	}
	return nil, errArgs
}

func emptyBytes(args []any) (any, error) {
	if len(args) > 0 {
		return nil, errArgs
	}
	return bytesOf(""), nil
}

func bytesOf(s string) *Bytes {
	return &Bytes{*io.NewSectionReader(strings.NewReader(s), 0, int64(len(s)))}
}

// encode turns a string of code points below 256 into bytes.
func encode(args []any) (any, error) {
	if len(args) != 2 || args[1] != "latin1" {
		return nil, errArgs
	}
	s, ok := args[0].(string)
	if !ok {
		return nil, errArgs
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 255 {
			return nil, fmt.Errorf("the character %q is not in latin1", r)
		}
		b = append(b, byte(r))
	}
	return bytesOf(string(b)), nil
}

func newNamespace(args []any) (any, error) {
	if len(args) > 0 {
		return nil, errArgs
	}
	return &Object{namespace, &Dict{}}, nil
}

// reconstructor is how protocols below 2 make an object: of (class, object, None).
func reconstructor(args []any) (any, error) {
	if len(args) != 3 || args[0] != namespace || args[2] != nil {
		return nil, errArgs
	}
	if base, ok := args[1].(Global); !ok || base.Name != "object" {
		return nil, errArgs
	}
	return newNamespace(nil)
}
