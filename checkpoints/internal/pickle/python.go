package pickle

import (
	"fmt"
	"io"
	"strings"
)

// Python is the table of what is neither torch's nor numpy's and has a counterpart here: dicts of several classes,
// sets, bytes, complex numbers, paths and dates, which become text, and argparse.Namespace, which becomes an Object.
func Python() Table {
	t := Table{
		{"collections", "OrderedDict"}: {Reduce: orderedDict},
		{"collections", "defaultdict"}: {Reduce: defaultDict},
		{"collections", "Counter"}:     {Reduce: counter},
		{"collections", "deque"}:       {Reduce: deque},
		{"_codecs", "encode"}:          {Reduce: encode},
		{"datetime", "date"}:           {Reduce: date},
		{"datetime", "datetime"}:       {Reduce: datetime},
		{"datetime", "time"}:           {Reduce: clock},
		namespace:                      {New: newNamespace},
	}
	for _, m := range []string{"builtins", "__builtin__"} {
		t[Global{m, "set"}] = Maker{Reduce: newSet}
		t[Global{m, "frozenset"}] = Maker{Reduce: newSet}
		t[Global{m, "bytes"}] = Maker{Reduce: emptyBytes}
		t[Global{m, "bytearray"}] = Maker{Reduce: byteArray}
		t[Global{m, "complex"}] = Maker{Reduce: complexNumber}
		t[Global{m, "object"}] = Maker{}
	}
	for _, m := range []string{"copyreg", "copy_reg"} {
		t[Global{m, "_reconstructor"}] = Maker{Reduce: reconstructor}
	}
	for _, m := range []string{"pathlib", "pathlib._local"} {
		for _, name := range []string{"Path", "PosixPath", "PurePath", "PurePosixPath"} {
			t[Global{m, name}] = Maker{Reduce: path("/")}
		}
		for _, name := range []string{"WindowsPath", "PureWindowsPath"} {
			t[Global{m, name}] = Maker{Reduce: path(`\`)}
		}
	}
	return t
}

var namespace = Global{"argparse", "Namespace"}

// path joins the parts of a path, the first of which may be a root.
func path(separator string) func([]any) (any, error) {
	return func(args []any) (any, error) {
		var text strings.Builder
		for i, a := range args {
			s, ok := a.(string)
			if !ok {
				return nil, errArgs
			}
			if i > 1 || i == 1 && !strings.HasSuffix(text.String(), separator) {
				text.WriteString(separator)
			}
			text.WriteString(s)
		}
		return text.String(), nil
	}
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

// complexNumber is the list of real and imaginary part.
func complexNumber(args []any) (any, error) {
	if len(args) != 2 {
		return nil, errArgs
	}
	for _, a := range args {
		if _, ok := a.(float64); !ok {
			return nil, errArgs
		}
	}
	return &List{[]any{args[0], args[1]}}, nil
}

func emptyBytes(args []any) (any, error) {
	if len(args) > 0 {
		return nil, errArgs
	}
	return bytesOf(""), nil
}

// byteArray is made of nothing, of bytes, or of text as encode reads it.
func byteArray(args []any) (any, error) {
	if len(args) == 1 {
		if b, ok := args[0].(*Bytes); ok {
			return b, nil
		}
	}
	if len(args) == 2 {
		return encode(args)
	}
	return emptyBytes(args)
}

func bytesOf(s string) *Bytes {
	return &Bytes{*io.NewSectionReader(strings.NewReader(s), 0, int64(len(s)))}
}

// encode turns a string of code points below 256 into bytes.
func encode(args []any) (any, error) {
	if len(args) != 2 || args[1] != "latin1" && args[1] != "latin-1" {
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
	return &Object{Class: namespace}, nil
}

// reconstructor is how protocols below 2 make an object: of (class, object, None), or of a class, what it extends and what
// that holds.
func reconstructor(args []any) (any, error) {
	if len(args) != 3 {
		return nil, errArgs
	}
	class, ok := args[0].(Global)
	base, ok2 := args[1].(Global)
	if !ok || !ok2 {
		return nil, errArgs
	}
	o := &Object{Class: class}
	switch held := args[2].(type) {
	case nil:
	case *List:
		o.append(held.Items)
	case *Dict:
		o.Dict = held
	default:
		o.Args = []any{held}
	}
	if o.Args == nil && o.List == nil && o.Dict == nil && base.Name != "object" {
		return nil, errArgs
	}
	return o, nil
}
