package kernel

import "math"

// The parts of x.
const (
	query = iota
	key
	value
)

// rowsOfHead is D rows of N numbers, pitch apart: one of the parts of a head, or its result.
type rowsOfHead[T Float] struct {
	x     []T
	pitch int
}

// attendColumns is the work on a block of columns of one head. The weights P are kept as e / sum, rho = 1 / sum.
type attendColumns[T Float] struct {
	*AttentionArgs
	tile            geometry
	head            int // counted through the samples
	lo, cols, width int // the columns [lo, lo+cols) in strips of that width
	rho             []T
	means           [3][]T // of some strip each
	lists           *scratch[T]
}

func newColumns[T Float](p *AttentionArgs, tile geometry, width int) attendColumns[T] {
	width = min(width, roundUp(p.N, 16))
	return attendColumns[T]{AttentionArgs: p, tile: tile, width: width, lists: borrow[T](4 * width)}
}

func (b *attendColumns[T]) free() { b.lists.free() }

// seek moves to the block of at most width columns from lo on of a head.
func (b *attendColumns[T]) seek(head, lo, width int) {
	b.head, b.lo, b.cols = head, lo, min(width, b.N-lo)
	b.width = roundUp(b.cols, 16)
	l := b.lists.buf
	b.rho = l[:b.width]
	for i := range b.means {
		b.means[i] = l[(i+1)*b.width : (i+2)*b.width]
	}
}

// rows and strip take D and N rows of the block's width from room.
func (b *attendColumns[T]) rows(room []T) (x, rest []T) {
	return room[:b.D*b.width], room[b.D*b.width:]
}
func (b *attendColumns[T]) strip(room []T) (x, rest []T) {
	return room[:b.N*b.width], room[b.N*b.width:]
}

// of is one of the parts of the head in x.
func (b *attendColumns[T]) of(x []T, part int) rowsOfHead[T] {
	channel := b.head/b.Heads*3*b.Heads*b.D + b.head%b.Heads*b.Head + part*b.Part
	return rowsOfHead[T]{x[channel*b.N:], b.Channel * b.N}
}

// out is the head in y.
func (b *attendColumns[T]) out(y []T) rowsOfHead[T] { return rowsOfHead[T]{y[b.head*b.D*b.N:], b.N} }

// load sets dst [D,width] to the columns of m, and to zeros after the last one.
func (b *attendColumns[T]) load(dst []T, m rowsOfHead[T]) {
	copyRect(dst, b.width, m.x[b.lo:], m.pitch, b.D, b.cols, 0)
	for i := b.width; i <= len(dst) && b.cols < b.width; i += b.width {
		clear(dst[i-b.width+b.cols : i])
	}
}

// store is the inverse of load.
func (b *attendColumns[T]) store(m rowsOfHead[T], x []T) {
	copyRect(m.x[b.lo:], m.pitch, x, b.width, b.D, b.cols, 0)
}

// scale multiplies x by 1/sqrt(D), which goes into the queries because they are fewer than the scores.
func (b *attendColumns[T]) scale(x []T) { affine(x, x, T(1/math.Sqrt(float64(b.D))), 0) }

// scores computes dst (+)= m^T q, q [D,width].
func (b *attendColumns[T]) scores(dst []T, m rowsOfHead[T], q []T, acc bool) {
	product(b.tile, b.N, b.width, b.D, rowsOf(m.x, 1, m.pitch, b.tile), b.plain(q), dst, b.width, acc)
}

// mean computes dst [D,width] (+)= m s.
func (b *attendColumns[T]) mean(dst []T, m rowsOfHead[T], s []T, acc bool) {
	product(b.tile, b.D, b.width, b.N, rowsOf(m.x, m.pitch, 1, b.tile), b.plain(s), dst, b.width, acc)
}

// plain is rows of the block's width as the right operand of a product.
func (b *attendColumns[T]) plain(x []T) view[T] {
	return view[T]{x: x, si: 1, sk: b.width, panel: b.tile.width}
}

// transposed sets dst to the panels of x^T, x [D,width].
func (b *attendColumns[T]) transposed(dst, x []T, off []int) {
	packBT(dst, x, b.D, b.cols, b.width, b.tile, off)
}

// weights computes e and rho of the queries q [D,width] and the keys k. The largest score of a column is taken from a
// few rows at a time, while they are in a cache.
func (b *attendColumns[T]) weights(e []T, k rowsOfHead[T], q []T) {
	most := b.means[0]
	fill(most, T(math.Inf(-1)))
	for r := 0; r < b.N; r += attendRows {
		n := min(attendRows, b.N-r)
		x := e[r*b.width : (r+n)*b.width]
		product(b.tile, n, b.width, b.D, rowsOf(k.x[r:], 1, k.pitch, b.tile), b.plain(q), x, b.width, false)
		columnMax(most, x)
	}
	columnExp(e, most, b.rho)
	unary(Recip, b.rho, b.rho)
}

// expect sets mean to <P, x>.
func (b *attendColumns[T]) expect(mean, e, x []T) {
	columnDot(mean, e, x)
	binary(Mul, mean, mean, b.rho)
}
