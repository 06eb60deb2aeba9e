package kernel

import "tweedie/internal/par"

type argMaxJob[T Float] struct {
	dst, x                 []T
	outer, n, inner, units int
}

var argMaxJobs freeList

// ArgMaxMask computes dst[o,k,i] = 1 at the first k where x[o,.,i] is largest (the first NaN if there is one),
// else 0; x and dst [outer,n,inner], not overlapping.
func ArgMaxMask[T Float](dst, x []T, outer, n, inner int) {
	sized("ArgMaxMask", "dst", len(dst), outer*n*inner)
	sized("ArgMaxMask", "x", len(x), outer*n*inner)
	if len(dst) == 0 {
		return
	}
	j := take[T, argMaxJob[T]](&argMaxJobs)
	*j = argMaxJob[T]{dst, x, outer, n, inner, max(1, block/(n*inner))}
	par.Do(blocksOf(outer, j.units), j)
	give[T](&argMaxJobs, j)
}

func (j *argMaxJob[T]) Block(i int) {
	size := j.n * j.inner
	for o := i * j.units; o < min((i+1)*j.units, j.outer); o++ {
		d, x := j.dst[o*size:(o+1)*size], j.x[o*size:(o+1)*size]
		clear(d)
		for q := range j.inner {
			best := q
			for at := q + j.inner; at < size && x[best] == x[best]; at += j.inner {
				if x[at] > x[best] || x[at] != x[at] {
					best = at
				}
			}
			d[best] = 1
		}
	}
}
