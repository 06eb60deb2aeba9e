package kernel

import (
	"fmt"
	"math"

	"tweedie/internal/par"
)

// MaxRank is the largest number of dimensions of BinaryBroadcast and Permute.
const MaxRank = 8

// grid walks a row-major array of up to MaxRank dimensions and two strided ones
// beside it; neighbouring dimensions that can be walked as one are merged.
type grid struct {
	rank    int
	n       int
	dims    [MaxRank]int
	strides [2][MaxRank]int
}

// newGrid merges the dimensions; sb may be nil.
func newGrid(op string, dims, sa, sb []int) (g grid) {
	if len(dims) > MaxRank || len(sa) != len(dims) || sb != nil && len(sb) != len(dims) {
		panic(&ArgError{op, fmt.Sprintf("%d dims, %d and %d strides: want equal numbers, at most %d", len(dims), len(sa), len(sb), MaxRank)})
	}
	g.n = 1
	for i, d := range dims {
		g.n *= d
		if d == 1 {
			continue
		}
		s := [2]int{sa[i], 0}
		if sb != nil {
			s[1] = sb[i]
		}
		if r := g.rank - 1; r >= 0 && g.strides[0][r] == s[0]*d && g.strides[1][r] == s[1]*d {
			g.dims[r] *= d
			g.strides[0][r], g.strides[1][r] = s[0], s[1]
			continue
		}
		g.dims[g.rank], g.strides[0][g.rank], g.strides[1][g.rank] = d, s[0], s[1]
		g.rank++
	}
	if g.rank == 0 {
		g.rank, g.dims[0] = 1, 1
	}
	return g
}

// cursor is a place in a grid: the index in each dimension and the two offsets.
type cursor struct {
	at   [MaxRank]int
	a, b int
}

// seek returns the place of linear index i.
func (g *grid) seek(i int) (c cursor) {
	for r := g.rank - 1; r >= 0; r-- {
		k := i % g.dims[r]
		i /= g.dims[r]
		c.at[r] = k
		c.a += k * g.strides[0][r]
		c.b += k * g.strides[1][r]
	}
	return c
}

// advance moves n on along the last dimension, and to the next row at its end.
func (g *grid) advance(c *cursor, n int) {
	for r := g.rank - 1; r >= 0; r-- {
		c.at[r] += n
		c.a += n * g.strides[0][r]
		c.b += n * g.strides[1][r]
		if c.at[r] < g.dims[r] {
			return
		}
		c.a -= g.dims[r] * g.strides[0][r]
		c.b -= g.dims[r] * g.strides[1][r]
		c.at[r], n = 0, 1
	}
}

type broadcastJob[T Float] struct {
	op        BinaryOp
	size      int
	g         grid
	dst, a, b []T
}

var broadcastJobs freeList

// BinaryBroadcast computes dst = op(a, b) for dst of shape dims, row-major, and a
// and b with element strides sa and sb (0 = broadcast along that dimension).
// dst may be a or b where that one is not broadcast and has dst's own layout.
func BinaryBroadcast[T Float](op BinaryOp, dst, a, b []T, dims, sa, sb []int) {
	j := take[T, broadcastJob[T]](&broadcastJobs)
	j.g = newGrid("BinaryBroadcast", dims, sa, sb)
	sized("BinaryBroadcast", "dst", len(dst), j.g.n)
	if op >= binaryOps {
		panic(&ArgError{"BinaryBroadcast", "no operation " + op.String()})
	}
	j.op, j.size, j.dst, j.a, j.b = op, block, dst, a, b
	if op.dear() {
		j.size = dearBlock
	}
	par.Do(blocksOf(len(dst), j.size), j)
	give[T](&broadcastJobs, j)
}

func (j *broadcastJob[T]) Block(i int) {
	g := &j.g
	last := g.rank - 1
	sa, sb := g.strides[0][last], g.strides[1][last]
	lo := i * j.size
	hi := min(lo+j.size, len(j.dst))
	for c := g.seek(lo); lo < hi; {
		n := min(hi-lo, g.dims[last]-c.at[last])
		binaryRow(j.op, j.dst[lo:lo+n], j.a[c.a:], j.b[c.b:], sa, sb)
		g.advance(&c, n)
		lo += n
	}
}

// binaryRow computes dst[i] = op(a[i sa], b[i sb]).
func binaryRow[T Float](op BinaryOp, dst, a, b []T, sa, sb int) {
	n := len(dst)
	switch {
	case sa == 1 && sb == 1:
		binary(op, dst, a[:n], b[:n])
	case sa == 1 && sb == 0:
		binaryScalar(op, dst, a[:n], b[0])
	case sa == 0 && sb == 1 && (op == Add || op == Mul):
		binaryScalar(op, dst, b[:n], a[0])
	case sa == 0 && sb == 1 && spread[T](op, n):
		row := borrow[T](min(n, spreadSize))
		fill(row.buf, a[0])
		for lo := 0; lo < n; lo += spreadSize {
			hi := min(lo+spreadSize, n)
			binary(op, dst[lo:hi], row.buf[:hi-lo], b[lo:hi])
		}
		row.free()
	default:
		for i := range dst {
			dst[i] = apply(op, a[i*sa], b[i*sb])
		}
	}
}

// spreadSize is the length of the row that a scalar operand is spread over.
const spreadSize = 512

// spread reports whether n elements of op with a scalar are worth a row of it.
func spread[T Float](op BinaryOp, n int) bool {
	return n >= 32 && quick[T](n) && fast.binary[op] != nil
}

// binaryScalar computes dst[i] = op(a[i], b).
func binaryScalar[T Float](op BinaryOp, dst, a []T, b T) {
	switch {
	case op == Add:
		affine(dst, a, 1, b)
	case op == Sub:
		affine(dst, a, 1, -b)
	case op == Mul:
		affine(dst, a, b, T(math.Copysign(0, -1))) // x + -0 is x, also for x = 0 and -0
	case spread[T](op, len(dst)):
		row := borrow[T](min(len(dst), spreadSize))
		fill(row.buf, b)
		for lo := 0; lo < len(dst); lo += spreadSize {
			hi := min(lo+spreadSize, len(dst))
			binary(op, dst[lo:hi], a[lo:hi], row.buf[:hi-lo])
		}
		row.free()
	default:
		for i, v := range a {
			dst[i] = apply(op, v, b)
		}
	}
}
