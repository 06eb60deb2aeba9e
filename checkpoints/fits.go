package checkpoints

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
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
	dims  []int // NAXIS1, NAXIS2, ...: the first runs fastest
	data  section
	index int
}

// readFITS reads tables and images of a FITS file: blocks of 2880 bytes, of headers in cards of 80 characters and of
// big-endian data. A column of a table is a tensor [rows, ...] with the name TTYPE; an image is one of shape
// [NAXISn, ..., NAXIS1]. What is in a unit with an EXTNAME has that before its name; the cards are values.
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

// read reads the header at a place and finds the data behind it.
func (u *fitsUnit) read(r io.ReaderAt, at, size int64) error {
	u.values = map[string]any{}
	block := make([]byte, fitsBlock)
	for cards := 0; ; at += fitsBlock {
		if size-at < fitsBlock {
			return fmt.Errorf("the header is cut off: %d bytes are left of a block of %d", size-at, fitsBlock)
		}
		if err := readFull(r, block, at); err != nil {
			return err
		}
		if cards == 0 && string(block[:9]) != fitsMagic && string(block[:9]) != "XTENSION=" {
			return errFITSEnd
		}
		for b := string(block); b != ""; b = b[fitsCard:] {
			c := b[:fitsCard]
			if strings.ContainsFunc(c, func(r rune) bool { return r < ' ' || r > '~' }) {
				return fmt.Errorf("the card %q holds more than ASCII text", c)
			}
			if strings.TrimRight(c, " ") == "END" {
				return u.place(section{r: r, off: at + fitsBlock}, size)
			}
			if cards++; cards > maxFITSCard {
				return fmt.Errorf("more than %d cards", maxFITSCard)
			}
			if err := u.card(c); err != nil {
				return err
			}
		}
	}
}

// place finds the length of the data, |BITPIX|/8 * GCOUNT * (PCOUNT + NAXIS1 * NAXIS2 * ...), and where they end.
func (u *fitsUnit) place(data section, size int64) error {
	width := map[any]int64{int64(8): 1, int64(16): 2, int64(32): 4, int64(64): 8, int64(-32): 4, int64(-64): 8}[u.values["BITPIX"]]
	if width == 0 {
		return fmt.Errorf("BITPIX is %s, want 8, 16, 32, 64, -32 or -64", told(u.values["BITPIX"]))
	}
	axes, err := u.integer("NAXIS", 999)
	if err != nil {
		return err
	}
	u.dims = make([]int, axes)
	for i := range u.dims {
		n, err := u.integer(fmt.Sprint("NAXIS", i+1), 1<<62)
		if err != nil {
			return err
		}
		u.dims[i] = int(n)
	}
	count := []int64{0, 1} // PCOUNT and GCOUNT
	for i, key := range []string{"PCOUNT", "GCOUNT"} {
		if _, ok := u.values[key]; ok {
			if count[i], err = u.integer(key, 1<<62); err != nil {
				return err
			}
		}
	}
	dims := u.dims
	if u.values["GROUPS"] == true && len(dims) > 0 && dims[0] == 0 {
		dims = dims[1:]
	}
	n, ok := fitsLength(dims, count[0], count[1], width)
	if left := size - data.off; !ok || n > left {
		return fmt.Errorf("axes %v of %d bytes, %d groups and %d parameters take more than the %d bytes that are left", u.dims, width, count[1], count[0], left)
	}
	data.n = n
	u.data = data
	return nil
}

// fitsLength multiplies without overflow.
func fitsLength(dims []int, params, groups, width int64) (int64, bool) {
	n := uint64(0)
	if len(dims) > 0 {
		n = 1
	}
	for _, d := range dims {
		hi, lo := bits.Mul64(n, uint64(d))
		if n = lo; hi != 0 {
			return 0, false
		}
	}
	n, carry := bits.Add64(n, uint64(params), 0)
	for _, f := range []int64{groups, width} {
		hi, lo := bits.Mul64(n, uint64(f))
		if n = lo; hi != 0 {
			return 0, false
		}
	}
	return int64(n), carry == 0 && n < 1<<62
}

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
	shape := slices.Clone(u.dims)
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
	return f.Add(fitsTensor(name, d, shape, columns{u.data, 1, u.data.n, 0, n / int64(d.Size())}, scale, zero))
}
