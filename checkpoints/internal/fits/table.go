package fits

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tweedie/checkpoints/internal/store"
)

// forms are the element types of columns: bytes in the file, and what becomes of them. C and M are complex.
var forms = map[byte]struct {
	dtype store.DType
	parts int64 // numbers in an element
}{
	'L': {store.BOOL, 1}, 'B': {store.U8, 1}, 'I': {store.I16, 1}, 'J': {store.I32, 1}, 'K': {store.I64, 1}, 'E': {store.F32, 1}, 'D': {store.F64, 1}, 'C': {store.F32, 2}, 'M': {store.F64, 2},
}

// table lists the columns of a binary table. TFORM is a repeat count and a letter, TDIM the shape of an entry, its
// first axis the fastest.
func (f *file) table(u *unit, prefix string) error {
	fields, err := u.integer("TFIELDS", 999)
	if err != nil {
		return err
	}
	if len(u.dims) != 2 || u.values["BITPIX"] != int64(8) {
		return fmt.Errorf("a table with %d axes and BITPIX %s, want 2 and 8", len(u.dims), told(u.values["BITPIX"]))
	}
	width, rows := u.dims[0], u.dims[1]
	at := int64(0)
	for i := int64(1); i <= fields; i++ {
		name := u.text(fmt.Sprint("TTYPE", i))
		if name == "" {
			name = fmt.Sprint("column", i)
		}
		n, err := f.column(u, prefix+name, fmt.Sprint(i), at, width, rows)
		if err != nil {
			return fmt.Errorf("column %d, %.80q: %w", i, name, err)
		}
		at += n
	}
	if at != width {
		return fmt.Errorf("the columns take %d bytes of rows of %d", at, width)
	}
	return nil
}

// column lists the column that begins at a byte of the rows, and returns its width.
func (f *file) column(u *unit, name, i string, at, width, rows int64) (int64, error) {
	form := u.text("TFORM" + i)
	digits := form[:len(form)-len(strings.TrimLeft(form, "0123456789"))]
	repeat := int64(1)
	if digits != "" {
		var err error
		if repeat, err = strconv.ParseInt(digits, 10, 64); err != nil {
			return 0, fmt.Errorf("TFORM %.80q", form)
		}
	}
	letter := form[len(digits):]
	if letter == "" {
		return 0, fmt.Errorf("TFORM is %s", told(u.values["TFORM"+i]))
	}
	if letter[0] == 'A' {
		if repeat > width-at {
			return 0, fmt.Errorf("%d characters in a row of %d bytes", repeat, width)
		}
		return repeat, f.characters(name, columns{u.data, rows, width, at, repeat})
	}
	kind, ok := forms[letter[0]]
	if !ok {
		return 0, fmt.Errorf("TFORM %.80q: elements of type %q are not read (only L, B, I, J, K, E, D, C, M and A)", form, letter[0])
	}
	es := kind.parts * int64(kind.dtype.Size())
	if repeat > (width-at)/es {
		return 0, fmt.Errorf("TFORM %.80q in the %d bytes that are left of a row of %d", form, width-at, width)
	}
	extents, err := entryShape(u.text("TDIM"+i), repeat)
	if err != nil {
		return 0, err
	}
	if kind.parts > 1 {
		extents = append(extents, kind.parts)
	}
	shape, err := store.ToInts(append([]int64{rows}, extents...))
	if err != nil {
		return 0, err
	}
	scale, err := u.number("TSCAL"+i, 1)
	if err != nil {
		return 0, err
	}
	zero, err := u.number("TZERO"+i, 0)
	if err != nil {
		return 0, err
	}
	if kind.parts > 1 && (scale != 1 || zero != 0) {
		return 0, fmt.Errorf("TSCAL and TZERO of complex numbers are not read")
	}
	if repeat == 0 {
		return 0, nil
	}
	cols := columns{u.data, rows, width, at, repeat * kind.parts}
	return repeat * es, f.Add(tensor(name, kind.dtype, shape, cols, scale, zero))
}

// entryShape is the shape of an entry: TDIM from last to first, else [repeat], and [] for one number.
func entryShape(dim string, repeat int64) ([]int64, error) {
	if dim == "" {
		if repeat == 1 {
			return nil, nil
		}
		return []int64{repeat}, nil
	}
	inner, ok := strings.CutPrefix(strings.TrimSpace(dim), "(")
	inner, ok2 := strings.CutSuffix(inner, ")")
	product := int64(1)
	var shape []int64
	for _, s := range strings.Split(inner, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil || n < 1 || n > repeat || product > repeat/n {
			ok = false
			break
		}
		product *= n
		shape = append(shape, n)
	}
	if !ok || !ok2 || product != repeat || len(shape) > store.MaxRank-2 {
		return nil, fmt.Errorf("TDIM %.80q for %d elements", dim, repeat)
	}
	slices.Reverse(shape)
	return shape, nil
}

// characters lists a column of characters as a value, a list of strings, unless it is large.
func (f *file) characters(name string, c columns) error {
	if c.count == 0 || c.rows > store.MaxValue/(c.count+16) {
		return nil
	}
	list := make([]any, c.rows)
	b := make([]byte, c.count)
	for i := range list {
		if err := store.ReadFull(c.data.R, b, c.data.Off+int64(i)*c.width+c.at); err != nil {
			return err
		}
		text, _, _ := strings.Cut(string(b), "\x00")
		list[i] = strings.TrimRight(text, " ")
	}
	f.Values = append(f.Values, store.Value{Name: name, V: list})
	return nil
}
