package torch

import "tweedie/checkpoints/internal/store"

// cursor walks over the elements of a view, the last axis fastest.
type cursor struct {
	axes, repeats []axis
	index         []int64 // along axes
	from, to      int64   // place of the next element, counted from view.lo, and in the result
	done          bool
}

func newCursor(v *view) *cursor {
	c := &cursor{axes: v.axes, repeats: v.repeats, index: make([]int64, len(v.axes))}
	if len(c.axes) == 0 { // a single element
		c.axes, c.index = []axis{{1, 1, 1}}, make([]int64, 1)
	}
	return c
}

// advance puts the elements that lie in b, which begins at the given place, and stops at the first that does not.
func (c *cursor) advance(b []byte, begin int64, size int, put store.Put) {
	end := begin + int64(len(b)/size)
	k := len(c.axes) - 1
	a := c.axes[k]
	for !c.done && c.from < end {
		n := min(a.n-c.index[k], (end-c.from+a.from-1)/a.from)
		c.emit(len(c.repeats), c.to, run{int(a.to), b[(c.from-begin)*int64(size):], int(a.from) * size, int(n)}, put)
		c.step(k, n)
	}
}

// step moves on by n along axis k, and carries.
func (c *cursor) step(k int, n int64) {
	for {
		a := c.axes[k]
		c.index[k] += n
		c.from += n * a.from
		c.to += n * a.to
		if c.index[k] < a.n {
			return
		}
		c.index[k] = 0
		c.from -= a.n * a.from
		c.to -= a.n * a.to
		if k == 0 {
			c.done = true
			return
		}
		k, n = k-1, 1
	}
}

// run is what put is given but for the place.
type run struct {
	step   int
	b      []byte
	gap, n int
}

// emit puts a run at every place that the first k repeats copy the place to to.
func (c *cursor) emit(k int, to int64, r run, put store.Put) {
	if k == 0 {
		put(int(to), r.step, r.b, r.gap, r.n)
		return
	}
	a := c.repeats[k-1]
	for i := range a.n {
		c.emit(k-1, to+i*a.to, r, put)
	}
}
