package fits

import (
	"fmt"
	"io"
	"math/bits"
	"strings"

	"tweedie/checkpoints/internal/store"
)

// read reads the header at a place and finds the data behind it.
func (u *unit) read(r io.ReaderAt, at, size int64) error {
	u.values = map[string]any{}
	block := make([]byte, blockSize)
	for cards := 0; ; at += blockSize {
		if size-at < blockSize {
			return fmt.Errorf("the header is cut off: %d bytes are left of a block of %d", size-at, blockSize)
		}
		if err := store.ReadFull(r, block, at); err != nil {
			return err
		}
		if cards == 0 && string(block[:9]) != magic && string(block[:9]) != "XTENSION=" {
			return errEnd
		}
		for b := string(block); b != ""; b = b[cardSize:] {
			c := b[:cardSize]
			if strings.ContainsFunc(c, func(r rune) bool { return r < ' ' || r > '~' }) {
				return fmt.Errorf("the card %q holds more than ASCII text", c)
			}
			if strings.TrimRight(c, " ") == "END" {
				return u.place(store.Section{R: r, Off: at + blockSize}, size)
			}
			if cards++; cards > maxCards {
				return fmt.Errorf("more than %d cards", maxCards)
			}
			if err := u.card(c); err != nil {
				return err
			}
		}
	}
}

// place finds the length of the data, |BITPIX|/8 * GCOUNT * (PCOUNT + NAXIS1 * NAXIS2 * ...), and where they end.
func (u *unit) place(data store.Section, size int64) error {
	width := map[any]int64{int64(8): 1, int64(16): 2, int64(32): 4, int64(64): 8, int64(-32): 4, int64(-64): 8}[u.values["BITPIX"]]
	if width == 0 {
		return fmt.Errorf("BITPIX is %s, want 8, 16, 32, 64, -32 or -64", told(u.values["BITPIX"]))
	}
	axes, err := u.integer("NAXIS", 999)
	if err != nil {
		return err
	}
	u.dims = make([]int64, axes)
	for i := range u.dims {
		if u.dims[i], err = u.integer(fmt.Sprint("NAXIS", i+1), 1<<62); err != nil {
			return err
		}
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
	n, ok := length(dims, count[0], count[1], width)
	if left := size - data.Off; !ok || n > left {
		return fmt.Errorf("axes %v of %d bytes, %d groups and %d parameters take more than the %d bytes that are left", u.dims, width, count[1], count[0], left)
	}
	data.N = n
	u.data = data
	return nil
}

// length multiplies without overflow.
func length(dims []int64, params, groups, width int64) (int64, bool) {
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
