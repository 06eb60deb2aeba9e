package kernel

import "tweedie/internal/par"

// lanes is how many neighbouring columns of the inner axis one block of Cumsum takes.
const lanes = 256

type cumsumJob[T Float] struct {
	outer, n, inner, strips, units int
	reverse                        bool
	dst, x                         []T
}

var cumsumJobs freeList

// Cumsum computes dst[o,k,i] = sum over l <= k (l >= k when reverse) of x[o,l,i],
// in order; dst may be x.
func Cumsum[T Float](dst, x []T, outer, n, inner int, reverse bool) {
	sized("Cumsum", "x", len(x), outer*n*inner)
	sized("Cumsum", "dst", len(dst), outer*n*inner)
	if len(dst) == 0 {
		return
	}
	j := take[T, cumsumJob[T]](&cumsumJobs)
	strips := blocksOf(inner, lanes)
	units := max(1, block/(n*min(inner, lanes)))
	*j = cumsumJob[T]{outer, n, inner, strips, units, reverse, dst, x}
	par.Do(blocksOf(outer*strips, units), j)
	give[T](&cumsumJobs, j)
}

func (j *cumsumJob[T]) Block(i int) {
	for u := i * j.units; u < min((i+1)*j.units, j.outer*j.strips); u++ {
		o, s := u/j.strips, u%j.strips
		lo, hi := s*lanes, min((s+1)*lanes, j.inner)
		at, step := o*j.n*j.inner, j.inner
		if j.reverse {
			at += (j.n - 1) * j.inner
			step = -step
		}
		copy(j.dst[at+lo:at+hi], j.x[at+lo:at+hi])
		for k := 1; k < j.n && j.inner == 1; k++ {
			at += step
			j.dst[at] = j.dst[at-step] + j.x[at]
		}
		for k := 1; k < j.n && j.inner > 1; k++ {
			prev := j.dst[at+lo : at+hi]
			at += step
			binary(Add, j.dst[at+lo:at+hi], prev, j.x[at+lo:at+hi])
		}
	}
}
