package torch

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"tweedie/checkpoints/internal/store"
)

// axis is one axis of a view: size, and what a step along it adds to the place in the storage and in the result.
type axis struct{ n, from, to int64 }

// view is a tensor over a storage: element (i0, i1, ...) = storage[offset + i0*stride0 + i1*stride1 + ...], each index
// in row-major order. Strides are in elements and arbitrary, 0 repeats elements.
type view struct {
	*storage
	dtype   store.DType // of an element
	lo, hi  int64       // the elements that occur lie in storage[lo:hi]
	axes    []axis      // by falling stride, merged where that changes nothing; no strides of 0, no sizes of 1
	repeats []axis      // those of stride 0
	rising  bool        // along axes, last one fastest, the place in the storage only grows
}

const (
	maxRank    = 16
	freeRepeat = 1 << 20 // elements that any view may have;
	maxRepeat  = 64      // others have at most so many times those of the storage
)

// newView checks size and stride against the storage, read as elements of a type. Nothing in it overflows afterwards.
func newView(s *storage, d store.DType, offset int64, size, stride []int64) (*view, error) {
	count := s.given * s.width() / int64(d.Size())
	if len(size) != len(stride) || len(size) > maxRank {
		return nil, fmt.Errorf("%d sizes and %d strides, want as many of both and at most %d", len(size), len(stride), maxRank)
	}
	elements, last := uint64(1), offset // last: the farthest element
	empty := slices.Contains(size, 0)
	for i, n := range size {
		if n < 0 || stride[i] < 0 || offset < 0 {
			return nil, fmt.Errorf("size %v, strides %v, offset %d: negative", size, stride, offset)
		}
		if n == 0 {
			continue
		}
		hi, lo := bits.Mul64(elements, uint64(n))
		far, reach := bits.Mul64(uint64(n-1), uint64(stride[i]))
		if hi != 0 || lo > math.MaxInt64 || far != 0 || reach > uint64(math.MaxInt64-last) {
			return nil, fmt.Errorf("size %v, strides %v, offset %d: overflow", size, stride, offset)
		}
		elements, last = lo, last+int64(reach)
	}
	if offset < 0 {
		return nil, fmt.Errorf("offset %d is negative", offset)
	}
	v := &view{storage: s, dtype: d, lo: offset, hi: last + 1, rising: true}
	switch {
	case empty:
		v.lo, v.hi = 0, 0
		return v, nil
	case last >= count:
		return nil, fmt.Errorf("size %v, strides %v, offset %d reach element %d of a storage of %d", size, stride, offset, last, count)
	case elements > freeRepeat && elements > maxRepeat*uint64(count):
		return nil, fmt.Errorf("size %v repeats the %d elements of the storage %d times, the limit is %d", size, count, elements/uint64(count), maxRepeat)
	}
	v.layOut(size, stride)
	return v, nil
}

// layOut sorts and merges the axes.
func (v *view) layOut(size, stride []int64) {
	to := int64(1)
	for k := len(size) - 1; k >= 0; k-- {
		a := axis{size[k], stride[k], to}
		to *= a.n
		switch {
		case a.n == 1:
		case a.from == 0:
			v.repeats = append(v.repeats, a)
		default:
			v.axes = append(v.axes, a)
		}
	}
	slices.Reverse(v.axes)
	slices.SortStableFunc(v.axes, func(a, b axis) int {
		switch {
		case a.from > b.from:
			return -1
		case a.from < b.from:
			return 1
		}
		return 0
	})
	merged := v.axes[:0]
	for _, a := range v.axes {
		if k := len(merged) - 1; k >= 0 && merged[k].from == a.n*a.from && merged[k].to == a.n*a.to {
			merged[k] = axis{merged[k].n * a.n, a.from, a.to}
			continue
		}
		merged = append(merged, a)
	}
	v.axes = merged
	reach := int64(0) // of the axes behind
	for k := len(v.axes) - 1; k >= 0; k-- {
		a := v.axes[k]
		v.rising = v.rising && a.from > reach
		reach += (a.n - 1) * a.from
	}
}

// each reads the part of the storage that the view covers once, from its beginning on, in chunks. Only when elements
// overlap so that the order of the storage is not that of any order of the axes, the part is read into memory whole.
func (v *view) Each(size int, put store.Put) error {
	if v.lo == v.hi {
		return nil
	}
	lo, hi, es := v.lo*int64(size), v.hi*int64(size), int64(size)
	c := newCursor(v)
	if v.rising {
		return v.rec.stream(lo, hi, func(at int64, b []byte) error {
			v.native(b, size)
			c.advance(b, at/es, size, put)
			return nil
		})
	}
	var all []byte
	err := v.rec.stream(lo, hi, func(_ int64, b []byte) error {
		all = append(all, b...) // grows with what is there
		return nil
	})
	if err != nil {
		return err
	}
	v.native(all, size)
	c.advance(all, 0, size, put)
	return nil
}

// native makes elements little-endian.
func (v *view) native(b []byte, size int) {
	if v.swap && size > 1 {
		for i := 0; i+size <= len(b); i += size {
			slices.Reverse(b[i : i+size])
		}
	}
}

// Verify reads the storage of the view to its end, to see that its checksum is right.
func (v *view) Verify() error { return v.rec.verify() }
