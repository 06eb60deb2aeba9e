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

// seek returns the two offsets of linear index i and how far it is into its row.
func (g *grid) seek(i int) (a, b, col int) {
	for r := g.rank - 1; r >= 0; r-- {
		k := i % g.dims[r]
		i /= g.dims[r]
		if r == g.rank-1 {
			col = k
		}
		a += k * g.strides[0][r]
		b += k * g.strides[1][r]
	}
	return a, b, col
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
	for lo < hi {
		a, b, col := g.seek(lo)
		n := min(hi-lo, g.dims[last]-col)
		binaryRow(j.op, j.dst[lo:lo+n], j.a[a:], j.b[b:], sa, sb)
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
	default:
		for i := range dst {
			dst[i] = apply(op, a[i*sa], b[i*sb])
		}
	}
}

// binaryScalar computes dst[i] = op(a[i], b).
func binaryScalar[T Float](op BinaryOp, dst, a []T, b T) {
	switch op {
	case Add:
		affine(dst, a, 1, b)
	case Sub:
		affine(dst, a, 1, -b)
	case Mul:
		affine(dst, a, b, T(math.Copysign(0, -1))) // x + -0 is x, also for x = 0 and -0
	case Div:
		for i, v := range a {
			dst[i] = v / b
		}
	default:
		for i, v := range a {
			dst[i] = apply(op, v, b)
		}
	}
}
