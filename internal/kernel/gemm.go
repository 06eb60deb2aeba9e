package kernel

import (
	"fmt"

	"tweedie/internal/par"
)

// GemmArgs describes a batch of matrix products C[b] (+)= op(A[b]) op(B[b]).
// op(A) is M x K and op(B) is K x N; A is stored M x K, or K x M when TransA, and B
// K x N, or N x K when TransB, row-major without gaps. Strides are elements between
// batch items, 0 for an item shared by the batch. Acc adds to C.
type GemmArgs struct {
	Batch, M, N, K            int
	TransA, TransB            bool
	StrideA, StrideB, StrideC int
	Acc                       bool
}

type gemmJob[T Float] struct {
	g       GemmArgs
	c, a, b []T
}

var gemmJobs freeList

// Gemm computes C[b] (+)= op(A[b]) op(B[b]) for b in [0, Batch).
// It panics with a *SizeError when a slice is too short; c must not overlap a or b.
func Gemm[T Float](g GemmArgs, c, a, b []T) {
	if g.Batch < 0 || g.M < 0 || g.N < 0 || g.K < 0 {
		panic(&ArgError{"Gemm", fmt.Sprintf("batch %d, M %d, N %d, K %d: want none negative", g.Batch, g.M, g.N, g.K)})
	}
	if g.Batch == 0 || g.M == 0 || g.N == 0 {
		return
	}
	checkSpan("Gemm", "a", len(a), g.Batch, g.StrideA, g.M*g.K)
	checkSpan("Gemm", "b", len(b), g.Batch, g.StrideB, g.K*g.N)
	checkSpan("Gemm", "c", len(c), g.Batch, g.StrideC, g.M*g.N)
	if g.Batch > 1 && g.StrideC < g.M*g.N {
		panic(&ArgError{"Gemm", fmt.Sprintf("StrideC = %d lets products overlap: want at least M*N = %d", g.StrideC, g.M*g.N)})
	}
	j := take[T, gemmJob[T]](&gemmJobs)
	j.g, j.c, j.a, j.b = g, c, a, b
	par.Do(g.Batch*blocksOf(g.M, gemmRows), j)
	give[T](&gemmJobs, j)
}

// checkSpan panics unless n elements fit for every item of a batch.
func checkSpan(op, arg string, have, batch, stride, n int) {
	if want := (batch-1)*stride + n; have < want || stride < 0 {
		panic(&SizeError{op, arg, have, want})
	}
}

const gemmRows = 16

func (j *gemmJob[T]) Block(i int) {
	g := &j.g
	rows := blocksOf(g.M, gemmRows)
	item, lo := i/rows, i%rows*gemmRows
	a, b, c := j.a[item*g.StrideA:], j.b[item*g.StrideB:], j.c[item*g.StrideC:]
	si, sk := g.K, 1
	if g.TransA {
		si, sk = 1, g.M
	}
	for m := lo; m < min(lo+gemmRows, g.M); m++ {
		row := c[m*g.N : (m+1)*g.N]
		if !g.Acc {
			clear(row)
		}
		if g.TransB {
			for n := range row {
				var s T
				for k, v := range b[n*g.K : (n+1)*g.K] {
					s += a[m*si+k*sk] * v
				}
				row[n] += s
			}
			continue
		}
		for k := range g.K {
			axpy(a[m*si+k*sk], b[k*g.N:(k+1)*g.N], row)
		}
	}
}
