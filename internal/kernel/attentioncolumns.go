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

// scale is 1/sqrt(D); it goes into the queries, which are fewer than the scores.
func (b *attendColumns[T]) scale() T { return T(1 / math.Sqrt(float64(b.D))) }

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

// load sets dst [D,width] to the columns of m times mul, and zeros after the last one.
func (b *attendColumns[T]) load(dst []T, m rowsOfHead[T], mul T) {
	for i := range b.D {
		d := dst[i*b.width : (i+1)*b.width]
		affine(d[:b.cols], m.x[i*m.pitch+b.lo:], mul, 0)
		clear(d[b.cols:])
	}
}

// scores computes dst (+)= m^T q, q [D,width].
func (b *attendColumns[T]) scores(dst []T, m rowsOfHead[T], q []T, acc bool) {
	product(b.tile, b.N, b.width, b.D, view[T]{x: m.x, si: 1, sk: m.pitch, panel: b.tile.rows}, b.plain(q), dst, b.width, acc)
}

// mean computes the columns of dst (+)= m s.
func (b *attendColumns[T]) mean(dst, m rowsOfHead[T], s []T, acc bool) {
	product(b.tile, b.D, b.cols, b.N, rowsOf(m.x, m.pitch, 1, b.tile), b.plain(s), dst.x[b.lo:], dst.pitch, acc)
}

// plain is rows of the block's width as the right operand of a product.
func (b *attendColumns[T]) plain(x []T) view[T] { return view[T]{x: x, si: 1, sk: b.width, panel: b.tile.width} }

// times multiplies the columns of m by a list.
func (b *attendColumns[T]) times(m rowsOfHead[T], list []T) {
	for i := range b.D {
		r := m.x[i*m.pitch+b.lo:][:b.cols]
		binary(Mul, r, r, list)
	}
}

// loadWeighted sets dst to the columns of m times rho.
func (b *attendColumns[T]) loadWeighted(dst []T, m rowsOfHead[T]) {
	b.load(dst, m, 1)
	for i := range b.D {
		r := dst[i*b.width : (i+1)*b.width]
		binary(Mul, r, r, b.rho)
	}
}

// transposed sets dst to the panels of x^T, x [D,width].
func (b *attendColumns[T]) transposed(dst, x []T, off []int) {
	packBT(dst, x, b.D, b.cols, b.width, b.tile, off)
}

// scaled multiplies the columns of m by 1/sqrt(D).
func (b *attendColumns[T]) scaled(m rowsOfHead[T]) {
	for i := range b.D {
		r := m.x[i*m.pitch+b.lo:][:b.cols]
		affine(r, r, b.scale(), 0)
	}
}

// weigh turns scores into e, and sets rho.
func (b *attendColumns[T]) weigh(s []T) {
	columnMax(b.means[0], s)
	columnExp(s, b.means[0], b.rho)
	unary(Recip, b.rho, b.rho)
}

// expect sets mean to <P, x>.
func (b *attendColumns[T]) expect(mean, e, x []T) {
	columnDot(mean, e, x)
	binary(Mul, mean, mean, b.rho)
}
