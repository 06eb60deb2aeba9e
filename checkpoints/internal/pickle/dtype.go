package pickle

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/npy"
)

// dtype is a numpy element type under construction.
type dtype struct {
	name string // f4, U3, O8; bfloat16 of ml_dtypes
	kind byte   // of Array
	size int    // bytes; 0 where that is not known
	big  bool
}

const maxText = 4096 // bytes of a scalar that is text

// text reports whether elements are text.
func (d *dtype) text() bool { return d.name[0] == 'U' || d.name[0] == 'S' }

// newDType reads ("f8", False, True): a number of bytes but for U, which counts characters; or a type of ml_dtypes.
func newDType(args []any) (any, error) {
	if len(args) == 0 {
		return nil, errArgs
	}
	if g, ok := args[0].(Global); ok && slices.Contains([]string{"bfloat16", "float8_e4m3fn", "float8_e5m2"}, g.Name) {
		return &dtype{name: g.Name, size: map[bool]int{true: 2, false: 1}[g.Name == "bfloat16"]}, nil
	}
	name, _ := args[0].(string)
	if len(name) < 2 {
		return nil, errArgs
	}
	n, err := strconv.ParseUint(name[1:], 10, 20)
	d := &dtype{name: name, size: int(n)}
	switch {
	case slices.Contains([]string{"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1", "c8", "c16"}, name):
		d.kind = name[0]
	case err != nil || strings.IndexByte("OSU", name[0]) < 0:
		return nil, errArgs
	case name[0] == 'U':
		d.size *= 4
	}
	return d, nil
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

// decode is one element of text, or a number.
func (d *dtype) decode(b []byte) any {
	if d.name[0] == 'S' {
		return strings.TrimRight(string(b), "\x00")
	}
	if d.name[0] == 'U' {
		var s strings.Builder
		for ; len(b) >= 4; b = b[4:] {
			r := binary.LittleEndian.Uint32(b)
			if d.big {
				r = binary.BigEndian.Uint32(b)
			}
			s.WriteRune(rune(min(r, math.MaxInt32)))
		}
		return strings.TrimRight(s.String(), "\x00")
	}
	if d.kind == 'c' {
		half := &dtype{name: "f", kind: 'f', size: d.size / 2, big: d.big}
		return &List{[]any{half.decode(b[:half.size]), half.decode(b[half.size:])}}
	}
	if d.big {
		slices.Reverse(b)
	}
	var word [8]byte
	copy(word[:], b)
	u := binary.LittleEndian.Uint64(word[:])
	switch {
	case d.kind == 'b':
		return u != 0
	case d.kind == 'u' && u > math.MaxInt64:
		return new(big.Int).SetUint64(u)
	case d.kind == 'u':
		return int64(u)
	case d.kind == 'i':
		shift := 64 - 8*d.size
		return int64(u) << shift >> shift
	}
	var x [1]float64
	npy.Float64s(x[:], 'f', d.size, b)
	return x[0]
}

// scalar reads (dtype, bytes), or (dtype of objects, object).
func scalar(args []any) (any, error) {
	if len(args) != 2 {
		return nil, errArgs
	}
	d, ok := args[0].(*dtype)
	if ok && d.name[0] == 'O' {
		return args[1], nil
	}
	raw, ok2 := args[1].(*Bytes)
	if s, old := args[1].(string); old { // of Python 2
		raw, ok2 = bytesOf(s), true
	}
	if !ok || !ok2 || raw.Size() != int64(d.size) || d.kind == 0 && !d.text() {
		return nil, errArgs
	}
	b, err := raw.ReadAll(maxText)
	if err != nil {
		return nil, err
	}
	return d.decode(b), nil
}
