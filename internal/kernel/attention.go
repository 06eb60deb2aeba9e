package kernel

import (
	"fmt"

	"tweedie/internal/par"
)

// AttentionArgs describes self-attention over N positions in Heads heads of D channels, for B samples.
//
// x [B,3C,N], C = Heads D, holds queries, keys and values: channel i of part 0, 1 or 2 of head h is channel
// h Head + part Part + i Channel of x. y [B,C,N] has channels [head][i]. With Q, K, V [D,N] those of a head,
//
//	Y = V P,   P = softmax(Z) down every column,   Z = K^T Q / sqrt(D).
//
// No kernel of the family holds more of a matrix [N,N] than strips of it: all rows of a block of columns, and of
// four blocks where sums go over the columns.
type AttentionArgs struct {
	B, Heads, D, N      int
	Head, Part, Channel int
}

type attendJob[T Float] struct {
	AttentionArgs
	tile      geometry
	width     int // columns of a block
	units     int // blocks of columns done at once
	dst, x, t []T // t nil: the value, else its tangent
}

var attendJobs freeList

// Attention computes Y of every head; x [B,3C,N], y [B,C,N].
// In float32 the exponentials in P have the relative error of Unary, 2^-23, for the difference of a score from the
// largest as it was rounded; scores and sums are those of Gemm.
// It panics with a *SizeError on a slice of the wrong length, and with an *ArgError when the strides do not enumerate
// the channels of x.
func Attention[T Float](p AttentionArgs, y, x []T) { runAttend("Attention", p, y, x, nil) }

// AttentionJVP computes the change of Y for a change t of x: with dots for changes,
//
//	V' P + V P',   P' = P (Z' - <P, Z'>),   Z' = (K'^T Q + K^T Q') / sqrt(D),
//
// <.,.> summed down every column; x and t [B,3C,N], y [B,C,N]. It panics as Attention does.
func AttentionJVP[T Float](p AttentionArgs, y, x, t []T) {
	sized("AttentionJVP", "t", len(t), 3*p.B*p.Heads*p.D*p.N)
	runAttend("AttentionJVP", p, y, x, t)
}

func runAttend[T Float](op string, p AttentionArgs, y, x, t []T) {
	if !p.valid(op, len(y), len(x)) {
		return
	}
	j := take[T, attendJob[T]](&attendJobs)
	*j = attendJob[T]{AttentionArgs: p, tile: tileOf[T](), width: p.block(), dst: y, x: x, t: t}
	j.units = share(2 * p.N * p.D * min(j.width, p.N))
	par.Do(blocksOf(j.count(), j.units), j)
	give[T](&attendJobs, j)
}

// valid checks the arguments and says whether there is anything to compute.
func (p *AttentionArgs) valid(op string, y, x int) bool {
	if _, ok := p.Order(); !ok || p.B < 0 || p.Heads < 1 || p.D < 1 || p.N < 0 {
		panic(&ArgError{op, fmt.Sprintf("%+v: want a head and a channel, no negative size, and strides that give every channel once", *p)})
	}
	n := p.B * p.Heads * p.D * p.N
	sized(op, "y", y, n)
	sized(op, "x", x, 3*n)
	return n > 0
}

// Order is the order of the indices head (0), part (1) and channel (2) in x, outermost first; ok says that the strides
// give every channel of x once.
func (p AttentionArgs) Order() (order [3]int, ok bool) {
	next := 1
	size, stride := [3]int{p.Heads, 3, p.D}, [3]int{p.Head, p.Part, p.Channel}
	for k := 2; k >= 0; k-- {
		found := -1
		for i := range size {
			if size[i] == 1 && found < 0 || size[i] > 1 && stride[i] == next {
				found = i
			}
		}
		if found < 0 {
			return order, false
		}
		next *= size[found]
		order[k], size[found] = found, 0
	}
	return order, true
}

// block is how many columns are done at once: a strip of them is to stay in a cache.
func (p *AttentionArgs) block() int {
	if p.N > 4096 {
		return 32
	}
	return 64
}

func (j *attendJob[T]) count() int { return j.B * j.Heads * blocksOf(j.N, j.width) }

// Block does a few blocks of columns.
func (j *attendJob[T]) Block(i int) {
	b := newColumns[T](&j.AttentionArgs, j.tile, j.width)
	strips := 1
	if j.t != nil {
		strips = 2
	}
	room := borrow[T](strips * (j.N + j.D) * b.width)
	for u := i * j.units; u < min((i+1)*j.units, j.count()); u++ {
		per := blocksOf(j.N, j.width)
		b.seek(u/per, u%per*j.width, j.width)
		if j.t == nil {
			j.value(&b, room.buf)
		} else {
			j.tangent(&b, room.buf)
		}
	}
	room.free()
	b.free()
}

func (j *attendJob[T]) value(b *attendColumns[T], room []T) {
	q, room := b.rows(room)
	e, _ := b.strip(room)
	b.load(q, b.of(j.x, query))
	b.scale(q)
	b.weights(e, b.of(j.x, key), q)
	b.mean(q, b.of(j.x, value), e, false)
	columnTimes(q, b.rho)
	b.store(b.out(j.dst), q)
}

func (j *attendJob[T]) tangent(b *attendColumns[T], room []T) {
	q, room := b.rows(room)
	t, room := b.rows(room)
	e, room := b.strip(room)
	z, _ := b.strip(room)
	b.load(q, b.of(j.x, query))
	b.load(t, b.of(j.t, query))
	b.scale(q)
	b.scale(t)
	b.weights(e, b.of(j.x, key), q)
	b.scores(z, b.of(j.t, key), q, false)
	b.scores(z, b.of(j.x, key), t, true)
	b.expect(b.means[0], e, z)
	columnCentre(z, e, b.means[0])
	b.mean(q, b.of(j.t, value), e, false)
	b.mean(q, b.of(j.x, value), z, true)
	columnTimes(q, b.rho)
	b.store(b.out(j.dst), q)
}
