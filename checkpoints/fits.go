package checkpoints

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	fitsMagic   = "SIMPLE  ="
	maxFITSCard = 1 << 16 // cards of a header
	maxFITSUnit = 1000    // headers of a file
)

// fitsUnit is one header with the data behind it.
type fitsUnit struct {
	fitsHeader
	dims  []int64 // NAXIS1, NAXIS2, ...: the first runs fastest
	data  section
	index int
}

// readFITS reads tables and images of a FITS file: blocks of 2880 bytes, of headers in cards of 80 characters and of
// big-endian data. A column of a table is a tensor [rows, ...] with the name TTYPE; an image is one of shape
// [NAXISn, ..., NAXIS1], in which integers equal to BLANK are NaN. What is in a unit with an EXTNAME has that before its name; the cards are values.
func readFITS(r io.ReaderAt, size int64, format string) (*File, error) {
	f := &File{Format: format}
	err := f.fits(r, size)
	if err == nil && len(f.tensors) == 0 {
		err = errors.New("there are neither images nor binary tables in it")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", format, err)
	}
	return f, nil
}

func (f *File) fits(r io.ReaderAt, size int64) error {
	taken := map[string]bool{} // prefixes
	at := int64(0)
	for i := 0; at < size; i++ {
		u := &fitsUnit{index: i}
		err := u.read(r, at, size)
		switch {
		case err == errFITSEnd && i > 0:
			return nil
		case err == nil && i >= maxFITSUnit:
			err = fmt.Errorf("more than %d headers", maxFITSUnit)
		case err == nil:
			err = f.unit(u, taken)
		}
		if err != nil {
			return fmt.Errorf("header %d, at byte %d: %w", i, at, err)
		}
		at = u.end()
	}
	return nil
}

// end is where the next header begins; the file may end before.
func (u *fitsUnit) end() int64 {
	return u.data.off + (u.data.n+fitsBlock-1)/fitsBlock*fitsBlock
}

// errFITSEnd says that no further header follows; what does is not part of the format.
var errFITSEnd = errors.New("this is no header of FITS")

// unit lists what a unit holds.
func (f *File) unit(u *fitsUnit, taken map[string]bool) error {
	prefix := ""
	if name := u.text("EXTNAME"); name != "" {
		prefix = name + "."
	}
	if taken[prefix] || prefix == "" && len(f.tensors) > 0 {
		prefix = fmt.Sprintf("hdu%d.", u.index)
	}
	taken[prefix] = prefix != ""
	f.Values = append(f.Values, u.listed(prefix)...)
	switch kind := u.text("XTENSION"); {
	case u.data.n == 0:
		return nil
	case kind == "BINTABLE":
		return f.fitsTable(u, prefix)
	case kind == "IMAGE" || kind == "" && u.values["GROUPS"] != true:
		return f.fitsImage(u, prefix)
	}
	return nil
}

func (f *File) fitsImage(u *fitsUnit, prefix string) error {
	d := map[any]DType{int64(8): U8, int64(16): I16, int64(32): I32, int64(64): I64, int64(-32): F32, int64(-64): F64}[u.values["BITPIX"]]
	shape, err := toInts(u.dims)
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
	n, ok := byteSize(d, shape)
	if !ok || n != u.data.n {
		return fmt.Errorf("an image of shape %v takes %d bytes, there are %d", shape, n, u.data.n)
	}
	name := "image"
	if prefix != "" {
		name = strings.TrimSuffix(prefix, ".")
	}
	c := columns{u.data, 1, u.data.n, 0, n / int64(d.Size())}
	t := fitsTensor(name, d, shape, c, scale, zero)
	if blank, ok := u.values["BLANK"].(int64); ok && d != F32 && d != F64 {
		t.DType, t.bytes, t.src = F64, c.count*8, scaled{c, d, scale, zero, &blank}
	}
	t.Image = &u.index
	return f.Add(t)
}
