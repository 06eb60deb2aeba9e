// Package pickle reads Python's pickles as data.
//
// A pickle is a program for a stack machine. Its opcodes push numbers, strings and containers, fill the containers,
// keep values in a numbered memo and fetch them again, and, in Python, import names (GLOBAL) and call them (REDUCE,
// NEWOBJ, BUILD, BINPERSID). Here a name stays a name: GLOBAL yields a Global if the caller's Table has it, and a call is
// one of the caller's own functions, over data. Any other name, and a call of one, ends the reading; or, for a Decoder
// with Foreign, it is put down as it stands: an Object, which holds the name and what was given to it. Names of Python's
// functions that run programs (os.system and the like) end the reading always. Nothing else can happen:
//
//	Python     None  bool  int              float    str     bytes   tuple   list   dict   set   class or function  instance
//	here       nil   bool  int64 *big.Int   float64  string  *Bytes  *Tuple  *List  *Dict  *Set  Global             *Object
//
// Containers are pointers, so a value that is referred to twice stays one value, and a list may hold itself: whoever
// walks a result must bound depth and steps. Bytes stay in the file until asked for. Protocols 2 to 5 are read, but for
// the opcodes of protocol 0 and 1 that torch never writes, of out-of-band buffers and of the extension registry.
//
// Lengths are compared with the input that is left before memory is taken; the number of opcodes, the depth of the
// stack, and the memory of all that is built are limited.
package pickle

import (
	"fmt"
	"io"
	"math/big"
)

// Is reports whether a file begins as a pickle of protocol 2 to 5 does.
func Is(head []byte) bool { return len(head) > 1 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5 }

// Global is the name of a Python class or function, and nothing more.
type Global struct{ Module, Name string }

// String returns module.name.
func (g Global) String() string { return g.Module + "." + g.Name }

// Tuple is a Python tuple.
type Tuple struct{ Items []any }

// List is a Python list.
type List struct{ Items []any }

// Set is a Python set or frozenset, in the order of the file.
type Set struct{ Items []any }

// Bytes is a Python bytes object, left where it is.
type Bytes struct{ io.SectionReader }

// ReadAll reads the bytes; more than limit are an error.
func (b *Bytes) ReadAll(limit int64) ([]byte, error) {
	if b.Size() > limit {
		return nil, fmt.Errorf("%d bytes, at most %d are wanted", b.Size(), limit)
	}
	buf := make([]byte, b.Size())
	if n, err := b.ReadAt(buf, 0); n < len(buf) {
		return nil, fmt.Errorf("after %d of %d bytes: %w", n, len(buf), err)
	}
	return buf, nil
}

// Builder is what BUILD may be applied to; where foreign names are data, a state of anything else is dropped.
type Builder interface{ Build(state any) error }

// Maker says what may be done with a global besides naming it. A nil function forbids.
type Maker struct {
	Reduce func(args []any) (any, error) // REDUCE
	New    func(args []any) (any, error) // NEWOBJ, and NEWOBJ_EX without arguments that have names
}

// Table is all that a pickle may name.
type Table map[Global]Maker

// Kind names the type of a value in Python's words.
func Kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "a bool"
	case int64, *big.Int:
		return "an int"
	case float64:
		return "a float"
	case string:
		return "a str"
	case *Bytes:
		return "bytes"
	case *Tuple:
		return "a tuple"
	case *List:
		return "a list"
	case *Dict:
		return "a dict"
	case *Set:
		return "a set"
	case *Array:
		return "a numpy array"
	case *Object:
		return fmt.Sprintf("an object of %.80q", v.Class.String())
	case Global:
		return fmt.Sprintf("the name %.80q", v.String())
	}
	return "a tensor or storage"
}

// Short writes a value in a few characters: numbers and strings, these quoted, and the kind of anything else.
func Short(v any) string {
	switch v := v.(type) {
	case bool, int64, float64:
		return fmt.Sprint(v)
	case string:
		return fmt.Sprintf("%.80q", v)
	}
	return Kind(v)
}
