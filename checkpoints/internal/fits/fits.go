// Package fits reads images and binary tables of FITS files, also in gzip.
package fits

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tweedie/checkpoints/internal/store"
)

const (
	magic    = "SIMPLE  ="
	maxCards = 1 << 16 // cards of a header
	maxUnits = 1000    // headers of a file
)

// unit is one header with the data behind it.
type unit struct {
	header
	dims  []int64 // NAXIS1, NAXIS2, ...: the first runs fastest
	data  store.Section
	index int
}

// Is reports whether a file begins as FITS does.
func Is(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }

// Read reads tables and images of a FITS file: blocks of 2880 bytes, of headers in cards of 80 characters and of
// big-endian data. A column of a table is a tensor [rows, ...] with the name TTYPE; an image is one of shape
// [NAXISn, ..., NAXIS1], in which integers equal to BLANK are NaN. What is in a unit with an EXTNAME has that before its
// name; the cards are values.
func Read(r io.ReaderAt, size int64) (*store.Contents, error) { return read(r, size, "fits") }

func read(r io.ReaderAt, size int64, format string) (*store.Contents, error) {
	f := &file{store.Contents{Format: format}}
	err := f.read(r, size)
	if err == nil && len(f.All()) == 0 {
		err = errors.New("there are neither images nor binary tables in it")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", format, err)
	}
	return &f.Contents, nil
}

// file is what was found in a file so far.
type file struct{ store.Contents }

func (f *file) read(r io.ReaderAt, size int64) error {
	taken := map[string]bool{} // prefixes
	at := int64(0)
	for i := 0; at < size; i++ {
		u := &unit{index: i}
		err := u.read(r, at, size)
		switch {
		case err == errEnd && i > 0:
			return nil
		case err == nil && i >= maxUnits:
			err = fmt.Errorf("more than %d headers", maxUnits)
		case err == nil:
			err = f.list(u, taken)
		}
		if err != nil {
			return fmt.Errorf("header %d, at byte %d: %w", i, at, err)
		}
		at = u.end()
	}
	return nil
}

// end is where the next header begins; the file may end before.
func (u *unit) end() int64 {
	return u.data.Off + (u.data.N+blockSize-1)/blockSize*blockSize
}

// errEnd says that no further header follows; what does is not part of the format.
var errEnd = errors.New("this is no header of FITS")

// list lists what a unit holds.
func (f *file) list(u *unit, taken map[string]bool) error {
	prefix := ""
	if name := u.text("EXTNAME"); name != "" {
		prefix = name + "."
	}
	if taken[prefix] || prefix == "" && len(f.All()) > 0 {
		prefix = fmt.Sprintf("hdu%d.", u.index)
	}
	taken[prefix] = prefix != ""
	f.Values = append(f.Values, u.listed(prefix)...)
	switch kind := u.text("XTENSION"); {
	case u.data.N == 0:
		return nil
	case kind == "BINTABLE":
		return f.table(u, prefix)
	case kind == "IMAGE" || kind == "" && u.values["GROUPS"] != true:
		return f.image(u, prefix)
	}
	return nil
}

func (f *file) image(u *unit, prefix string) error {
	d := map[any]store.DType{int64(8): store.U8, int64(16): store.I16, int64(32): store.I32, int64(64): store.I64, int64(-32): store.F32, int64(-64): store.F64}[u.values["BITPIX"]]
	shape, err := store.ToInts(u.dims)
	if err != nil {
		return err
	}
	slices.Reverse(shape)
	scale, err := u.number("BSCALE", 1)
	if err != nil {
		return err
	}
	zero, err := u.number("BZERO", 0)
	if err != nil {
		return err
	}
	n, ok := store.ByteSize(d, shape)
	if !ok || n != u.data.N {
		return fmt.Errorf("an image of shape %v takes %d bytes, there are %d", shape, n, u.data.N)
	}
	name := "image"
	if prefix != "" {
		name = strings.TrimSuffix(prefix, ".")
	}
	c := columns{u.data, 1, u.data.N, 0, n / int64(d.Size())}
	t := tensor(name, d, shape, c, scale, zero)
	if blank, ok := u.values["BLANK"].(int64); ok && d != store.F32 && d != store.F64 {
		t = store.New(name, store.F64, shape, c.count*8, scaled{c, d, scale, zero, &blank})
	}
	t.Image = &u.index
	return f.Add(t)
}
