package fits

import (
	"encoding/binary"
	"math"
	"slices"

	"tweedie/checkpoints/internal/store"
)

// columns is a big-endian column of a table of rows of width bytes: count numbers from byte at of each row on.
type columns struct {
	data                   store.Section
	rows, width, at, count int64
}

func (c columns) Each(size int, put store.Put) error {
	n := c.count * int64(size) // bytes in a row
	for row := int64(0); row < c.rows; row++ {
		part := store.Section{R: c.data.R, Off: c.data.Off + row*c.width + c.at, N: n}
		k := int64(1)
		if c.width <= store.ChunkSize { // several rows at once, with what lies between
			k = min(store.ChunkSize/c.width, c.rows-row)
			part.N += (k - 1) * c.width
		}
		base := row * c.count
		err := part.Chunks(func(at int64, b []byte) error {
			for i := int64(0); i < k; i++ {
				from := i * c.width
				entry := b[from:min(from+n, int64(len(b)))]
				for j := 0; j+size <= len(entry); j += size {
					slices.Reverse(entry[j : j+size])
				}
				put(int(base+i*c.count+at/int64(size)), 1, entry, size, len(entry)/size)
			}
			return nil
		})
		if err != nil {
			return err
		}
		row += k - 1
	}
	return nil
}

// tensor is a tensor over a column; the logical T and F become 1 and 0. Numbers that stand for zero + scale * number
// become F64.
func tensor(name string, d store.DType, shape []int, c columns, scale, zero float64) *store.Tensor {
	n := c.rows * c.count
	switch {
	case d == store.BOOL:
		return store.New(name, d, shape, n*int64(d.Size()), logical{c})
	case scale != 1 || zero != 0:
		return store.New(name, store.F64, shape, n*8, scaled{c, d, scale, zero, nil})
	}
	return store.New(name, d, shape, n*int64(d.Size()), c)
}

// logical is a column of T and F.
type logical struct{ columns }

func (l logical) Each(size int, put store.Put) error {
	return l.columns.Each(size, func(at, step int, b []byte, gap, n int) {
		for i := range b[:n] {
			b[i] = map[bool]byte{true: 1}[b[i] == 'T']
		}
		put(at, step, b, gap, n)
	})
}

// scaled is a column of numbers x that stand for zero + scale * x.
type scaled struct {
	columns
	dtype       store.DType
	scale, zero float64
	blank       *int64 // the x that stands for NaN; nil for none
}

func (s scaled) Each(_ int, put store.Put) error {
	var x [512]float64
	var raw [8 * len(x)]byte
	return s.columns.Each(s.dtype.Size(), func(at, step int, b []byte, gap, n int) {
		for i := 0; i < n; i += len(x) {
			k := min(len(x), n-i)
			store.Decode(x[:], 0, 1, s.dtype, b[i*gap:], gap, k)
			for j, v := range x[:k] {
				if s.blank != nil && v == float64(*s.blank) {
					v = math.NaN()
				}
				binary.LittleEndian.PutUint64(raw[8*j:], math.Float64bits(s.zero+s.scale*v))
			}
			put(at+i*step, step, raw[:8*k], 8, k)
		}
	})
}
