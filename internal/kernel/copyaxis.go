package kernel

import "tweedie/internal/par"

type copyAxisJob[T Float] struct {
	dst, x                         []T
	n, dstRow, dstAt, xRow, xAt    int
	outer, strips, units, stripLen int
}

var copyAxisJobs freeList

// CopyAxis copies runs of n elements: dst[o dstRow + dstAt + i] = x[o xRow + xAt + i] for o < outer, i < n.
// It is a slice, an embedding or one part of a concatenation along an axis.
func CopyAxis[T Float](dst, x []T, outer, n, dstRow, dstAt, xRow, xAt int) {
	if outer <= 0 || n <= 0 {
		return
	}
	checkSpan("CopyAxis", "dst", len(dst), outer, dstRow, dstAt+n)
	checkSpan("CopyAxis", "x", len(x), outer, xRow, xAt+n)
	j := take[T, copyAxisJob[T]](&copyAxisJobs)
	strips := blocksOf(n, block)
	*j = copyAxisJob[T]{dst, x, n, dstRow, dstAt, xRow, xAt, outer, strips, max(1, block/n), block}
	par.Do(blocksOf(outer*strips, j.units), j)
	give[T](&copyAxisJobs, j)
}

func (j *copyAxisJob[T]) Block(i int) {
	for u := i * j.units; u < min((i+1)*j.units, j.outer*j.strips); u++ {
		o, lo := u/j.strips, u%j.strips*j.stripLen
		hi := min(lo+j.stripLen, j.n)
		d, s := o*j.dstRow+j.dstAt, o*j.xRow+j.xAt
		copy(j.dst[d+lo:d+hi], j.x[s+lo:s+hi])
	}
}

type flipJob[T Float] struct {
	dst, x                 []T
	outer, n, inner, units int
}

var flipJobs freeList

// Flip computes dst[o,k,i] = x[o,n-1-k,i]; x and dst [outer,n,inner], not overlapping.
func Flip[T Float](dst, x []T, outer, n, inner int) {
	sized("Flip", "dst", len(dst), outer*n*inner)
	sized("Flip", "x", len(x), outer*n*inner)
	if len(dst) == 0 {
		return
	}
	j := take[T, flipJob[T]](&flipJobs)
	*j = flipJob[T]{dst, x, outer, n, inner, max(1, block/(n*inner))}
	par.Do(blocksOf(outer, j.units), j)
	give[T](&flipJobs, j)
}

func (j *flipJob[T]) Block(i int) {
	size := j.n * j.inner
	for o := i * j.units; o < min((i+1)*j.units, j.outer); o++ {
		d, x := j.dst[o*size:(o+1)*size], j.x[o*size:(o+1)*size]
		if j.inner == 1 {
			for k, v := range x {
				d[len(x)-1-k] = v
			}
			continue
		}
		for k := range j.n {
			copy(d[k*j.inner:(k+1)*j.inner], x[(j.n-1-k)*j.inner:(j.n-k)*j.inner])
		}
	}
}
