package autodiff

import "math/bits"

// heap hands out runs of numbers from slabs. A request takes the smallest free block that it fits in, the first in
// memory among equals, and leaves the rest of it free; a block that comes back joins its free neighbours. So memory
// serves requests of any size in turn, and the heap stays near the largest sum that was in use at once. A new slab is
// as large as all before it together, so that large blocks find room. Pages that nobody has written take no memory,
// so held counts each slab only up to the end of the last block it gave.
type heap struct {
	dt    DType
	plan  bool         // counts and has no memory
	free  [64][]*block // free[k] lists blocks of 2^k to 2^(k+1)-1 numbers
	slabs int
	size  int // numbers in all slabs
	held  int // numbers before the end of the last block ever used, over all slabs
	spare []*block
}

// block is a run of a slab.
type block struct {
	slab       *slab
	at, n      int
	prev, next *block // neighbours in the slab
	place      int    // index in the list of free blocks; -1 when in use
}

type slab struct {
	id, n int
	held  int
	f32   []float32
	f64   []float64
}

const (
	grain     = 64       // bytes; requests are rounded up to a multiple
	leastSlab = 64 << 10 // bytes
	mostSlab  = 1 << 30  // bytes, unless one request is larger
)

// round returns n numbers rounded up to whole grains.
func (h *heap) round(n int) int {
	g := grain / h.dt.bytes()
	return max(g, (n+g-1)/g*g)
}

// take returns a block of at least n numbers.
func (h *heap) take(n int) *block {
	n = h.round(n)
	b := h.fit(n)
	if b == nil {
		b = h.grow(n)
	}
	h.unlist(b)
	if b.n > n {
		rest := h.block(b.slab, b.at+n, b.n-n)
		rest.prev, rest.next = b, b.next
		if b.next != nil {
			b.next.prev = rest
		}
		b.next, b.n = rest, n
		h.list(rest)
	}
	if end := b.at + b.n; end > b.slab.held {
		h.held += end - b.slab.held
		b.slab.held = end
	}
	return b
}

// fit returns the smallest free block of at least n numbers, the first in memory among equals, or nil.
func (h *heap) fit(n int) (best *block) {
	for k := bits.Len(uint(n)) - 1; k < len(h.free) && best == nil; k++ {
		for _, b := range h.free[k] {
			if b.n >= n && (best == nil || b.before(best)) {
				best = b
			}
		}
	}
	return best
}

func (b *block) before(c *block) bool {
	switch {
	case b.n != c.n:
		return b.n < c.n
	case b.slab != c.slab:
		return b.slab.id < c.slab.id
	}
	return b.at < c.at
}

// grow makes a slab of at least n numbers and returns its one free block.
func (h *heap) grow(n int) *block {
	size := max(n, h.round(min(max(h.size, leastSlab/h.dt.bytes()), mostSlab/h.dt.bytes())))
	s := &slab{id: h.slabs, n: size}
	switch {
	case h.plan:
	case h.dt == F64:
		s.f64 = make([]float64, size)
	default:
		s.f32 = make([]float32, size)
	}
	h.slabs++
	h.size += size
	b := h.block(s, 0, size)
	h.list(b)
	return b
}

// give takes b back.
func (h *heap) give(b *block) {
	if p := b.prev; p != nil && p.place >= 0 {
		h.unlist(p)
		h.join(p, b)
		b = p
	}
	if q := b.next; q != nil && q.place >= 0 {
		h.unlist(q)
		h.join(b, q)
	}
	h.list(b)
}

// join merges b into a, which it follows.
func (h *heap) join(a, b *block) {
	a.n += b.n
	a.next = b.next
	if b.next != nil {
		b.next.prev = a
	}
	*b = block{}
	h.spare = append(h.spare, b)
}

// trim lets go of slabs that are wholly free.
func (h *heap) trim() {
	for k := range h.free {
		for i := len(h.free[k]) - 1; i >= 0; i-- {
			if b := h.free[k][i]; b.n == b.slab.n {
				h.unlist(b)
				h.size -= b.n
				h.held -= b.slab.held
			}
		}
	}
}

// list puts b among the free blocks; unlist takes it out.
func (h *heap) list(b *block) {
	l := &h.free[bits.Len(uint(b.n))-1]
	b.place = len(*l)
	*l = append(*l, b)
}

func (h *heap) unlist(b *block) {
	l := &h.free[bits.Len(uint(b.n))-1]
	last := (*l)[len(*l)-1]
	(*l)[b.place], last.place = last, b.place
	(*l)[len(*l)-1] = nil
	*l = (*l)[:len(*l)-1]
	b.place = -1
}

// block returns a fresh block, in use.
func (h *heap) block(s *slab, at, n int) *block {
	var b *block
	if k := len(h.spare); k > 0 {
		b = h.spare[k-1]
		h.spare = h.spare[:k-1]
	} else {
		b = new(block)
	}
	*b = block{slab: s, at: at, n: n, place: -1}
	return b
}
