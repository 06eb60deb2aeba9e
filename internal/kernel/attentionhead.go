package kernel

// headGrad is the work on one head.
type headGrad[T Float] struct {
	*attendGradJob[T]
	head         int
	lo, hi       int // the blocks of columns of the group
	over         bool
	kept         int // pairs of a strip and panels [width,D] that a block has for the sums over columns
	strip, panel int // their sizes
	room         []T
	terms        []attendTerm
	sums         []T // in panels [N,w] of their columns
}

// attendTerm is the product of a strip and the panels of a pair; terms of one sum, [N,D], follow one another.
type attendTerm struct{ sum, strip, panel int }

// firstTerms are those of dV^T = e A^T and dK^T = dZ Q^T; secondTerms are dV^T = e z A^T and dK^T = dZ Q^T + E Q'^T in
// x, and dV^T = e A^T and dK^T = E Q^T in t.
var (
	firstTerms  = []attendTerm{{0, 0, 0}, {1, 1, 1}}
	secondTerms = []attendTerm{{0, 0, 0}, {1, 1, 1}, {1, 2, 2}, {2, 3, 0}, {3, 2, 1}}
)

// pair is strip k of a block of the group, and panels.
func (h *headGrad[T]) pair(block, k int) (strip, panel []T) {
	at := ((block-h.lo)*h.kept + k) * (h.strip + h.panel)
	return h.room[at : at+h.strip], h.room[at+h.strip : at+h.strip+h.panel]
}

// Block does one block of columns, or the sums over the columns of the group for a run of rows.
func (h *headGrad[T]) Block(i int) {
	if h.over {
		h.sum(i * attendRows)
		return
	}
	b := newColumns[T](&h.AttentionArgs, h.tile, h.width)
	b.seek(h.head, (h.lo+i)*h.width, h.width)
	off := borrowOffsets(max(h.tile.width, 4))
	if h.t == nil {
		h.first(&b, h.lo+i, off.at)
	} else {
		h.second(&b, h.lo+i, off.at)
	}
	off.free()
	b.free()
}

// first is a block of columns of J^T a. Its strips are e and dZ, its panels A and Q.
func (h *headGrad[T]) first(b *attendColumns[T], block int, off []int) {
	room := borrow[T](2 * b.D * b.width)
	q, rest := b.rows(room.buf)
	a, _ := b.rows(rest)
	e, pa := h.pair(block, 0)
	z, pq := h.pair(block, 1)
	e, z = e[:b.N*b.width], z[:b.N*b.width]
	b.load(q, b.of(h.x, query))
	b.scale(q)
	b.weights(e, b.of(h.x, key), q)
	b.load(a, b.out(h.a))
	columnTimes(a, b.rho)
	b.scores(z, b.of(h.x, value), a, false)
	b.expect(b.means[0], e, z)
	columnCentre(z, e, b.means[0])
	b.transposed(pa, a, off)
	b.transposed(pq, q, off)
	b.mean(q, b.of(h.x, key), z, false)
	b.scale(q)
	b.store(b.of(h.dst, query), q)
	room.free()
}

// second is a block of columns of the gradients of <a, J t>. Its strips are e z, dZ, E and e, its panels A, Q and Q'.
func (h *headGrad[T]) second(b *attendColumns[T], block int, off []int) {
	room := borrow[T](3 * b.D * b.width)
	q, rest := b.rows(room.buf)
	t, rest := b.rows(rest)
	a, _ := b.rows(rest)
	z, pa := h.pair(block, 0)
	u, pq := h.pair(block, 1)
	g, pt := h.pair(block, 2)
	e, _ := h.pair(block, 3)
	n := b.N * b.width
	z, u, g, e = z[:n], u[:n], g[:n], e[:n]
	k, v := b.of(h.x, key), b.of(h.x, value)
	b.load(q, b.of(h.x, query))
	b.load(t, b.of(h.t, query))
	b.scale(q)
	b.scale(t)
	b.weights(e, k, q)
	b.load(a, b.out(h.a))
	columnTimes(a, b.rho)
	b.scores(z, b.of(h.t, key), q, false)
	b.scores(z, k, t, true)
	b.scores(g, v, a, false)
	b.scores(u, b.of(h.t, value), a, false)
	b.expect(b.means[0], e, z)
	b.expect(b.means[1], e, g)
	columnMix(z, g, u, e, b.means[0], b.means[1], b.means[2])
	binary(Mul, b.means[2], b.means[2], b.rho)
	columnCentre(u, e, b.means[2])
	b.transposed(pa, a, off)
	b.transposed(pq, q, off)
	b.transposed(pt, t, off)
	b.mean(q, k, u, false)
	b.mean(q, b.of(h.t, key), g, true)
	b.scale(q)
	b.store(b.of(h.dst, query), q)
	if h.dt != nil {
		b.mean(t, k, g, false)
		b.scale(t)
		b.store(b.of(h.dt, query), t)
	}
	room.free()
}

// sum adds the group to rows [r, r+attendRows) of the sums, and after the last group writes these rows. It goes from
// panel to panel of their columns, so that what is added to stays in a cache.
func (h *headGrad[T]) sum(r int) {
	rows := min(attendRows, h.N-r)
	b := attendColumns[T]{AttentionArgs: &h.AttentionArgs, head: h.head}
	off := borrowOffsets(attendRows)
	for c := 0; c < h.D; c += h.tile.width {
		w := min(h.tile.width, h.D-c)
		for i, t := range h.terms {
			s := h.sums[(t.sum*h.D+c)*h.N+r*w:]
			h.add(s, t, i > 0 && t.sum == h.terms[i-1].sum, c, r, rows, w)
			if h.hi == blocksOf(h.N, h.width) && (i+1 == len(h.terms) || h.terms[i+1].sum > t.sum) {
				dst, part := h.dst, value
				if t.sum > 1 {
					dst = h.dt
				}
				if t.sum%2 == 1 {
					part = key
				}
				m := b.of(dst, part)
				turn(m.x[c*m.pitch+r:], m.pitch, s, rows, w, off.at)
			}
		}
	}
	off.free()
}

// add adds the group's part of a term to rows [r,r+rows) and columns [c,c+w) of its sum; the first one sets them.
func (h *headGrad[T]) add(s []T, t attendTerm, more bool, c, r, rows, w int) {
	for block := h.lo; block < h.hi; block++ {
		strip, _ := h.pair(block, t.strip)
		_, panel := h.pair(block, t.panel)
		cols := min(h.width, h.N-block*h.width)
		width := roundUp(cols, 16)
		product(h.tile, rows, w, cols, rowsOf(strip[r*width:], width, 1, h.tile), packedB(panel[c*cols:], cols, h.tile), s, w, more || block > 0)
	}
}

// turn sets dst[i pitch + r] = src[r n + i], r < rows, i < n.
func turn[T Float](dst []T, pitch int, src []T, rows, n int, off []int) {
	quads := rows / 4 * 4
	gatherCols(dst, pitch, src, offsets(off[:quads], quads, n), n)
	for r := quads; r < rows; r++ {
		for i := range n {
			dst[i*pitch+r] = src[r*n+i]
		}
	}
}
