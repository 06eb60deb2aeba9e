package kernel

import "tweedie/internal/par"

// piecewise names a function of x that is linear between breaks.
type piecewise uint8

const (
	pieceLeaky   piecewise = iota // x where x > 0, else p x
	pieceStep                     // 1 where x > 0, else p
	pieceBetween                  // 1 where p <= x <= q, else 0
)

type pieceJob[T Float] struct {
	kind   piecewise
	dst, x []T
	p, q   T
}

var pieceJobs freeList

func runPiece[T Float](op string, kind piecewise, dst, x []T, p, q T) {
	sized(op, "x", len(x), len(dst))
	j := take[T, pieceJob[T]](&pieceJobs)
	*j = pieceJob[T]{kind, dst, x, p, q}
	par.Do(blocksOf(len(dst), block), j)
	give[T](&pieceJobs, j)
}

// LeakyReLU computes dst[i] = x[i] where x[i] > 0, else slope x[i] (0 for -Inf when slope is 0); dst may be x.
func LeakyReLU[T Float](dst, x []T, slope T) { runPiece("LeakyReLU", pieceLeaky, dst, x, slope, 0) }

// Step computes dst[i] = 1 where x[i] > 0, else below; dst may be x.
func Step[T Float](dst, x []T, below T) { runPiece("Step", pieceStep, dst, x, below, 0) }

// Between computes dst[i] = 1 where lo <= x[i] <= hi, else 0; dst may be x.
func Between[T Float](dst, x []T, lo, hi T) { runPiece("Between", pieceBetween, dst, x, lo, hi) }

func (j *pieceJob[T]) Block(i int) {
	lo := i * block
	hi := min(lo+block, len(j.dst))
	dst, x, p, q := j.dst[lo:hi], j.x[lo:hi], j.p, j.q
	switch {
	case j.kind == pieceLeaky && p == 0:
		for i, v := range x {
			dst[i] = max(v, 0)
		}
	case j.kind == pieceLeaky:
		for i, v := range x {
			if !(v > 0) {
				v *= p
			}
			dst[i] = v
		}
	case j.kind == pieceStep:
		for i, v := range x {
			if v > 0 {
				dst[i] = 1
			} else {
				dst[i] = p
			}
		}
	case j.kind == pieceBetween:
		for i, v := range x {
			if p <= v && v <= q {
				dst[i] = 1
			} else {
				dst[i] = 0
			}
		}
	}
}
