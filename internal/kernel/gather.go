package kernel

import "tweedie/internal/par"

type gatherJob[T Float] struct {
	scatter                bool
	dst, x                 []T
	idx                    []int
	outer, n, inner, units int
	strips                 int
}

var gatherJobs freeList

// Gather computes dst[o,j,i] = x[o,idx[j],i]; x [outer,n,inner], dst [outer,len(idx),inner].
// It panics with a runtime error when an index is outside of [0, n).
func Gather[T Float](dst, x []T, idx []int, outer, n, inner int) {
	sized("Gather", "x", len(x), outer*n*inner)
	sized("Gather", "dst", len(dst), outer*len(idx)*inner)
	if len(dst) == 0 {
		return
	}
	j := take[T, gatherJob[T]](&gatherJobs)
	*j = gatherJob[T]{false, dst, x, idx, outer, n, inner, max(1, block/inner), 1}
	par.Do(blocksOf(outer*len(idx), j.units), j)
	give[T](&gatherJobs, j)
}

// ScatterAdd computes dst[o,k,i] = sum over j with idx[j] = k, in order, of x[o,j,i]: the adjoint of Gather;
// x [outer,len(idx),inner], dst [outer,n,inner].
func ScatterAdd[T Float](dst, x []T, idx []int, outer, n, inner int) {
	sized("ScatterAdd", "x", len(x), outer*len(idx)*inner)
	sized("ScatterAdd", "dst", len(dst), outer*n*inner)
	if len(dst) == 0 {
		return
	}
	j := take[T, gatherJob[T]](&gatherJobs)
	strips := blocksOf(inner, lanes)
	*j = gatherJob[T]{true, dst, x, idx, outer, n, inner, max(1, block/((n+len(idx))*min(inner, lanes))), strips}
	par.Do(blocksOf(outer*strips, j.units), j)
	give[T](&gatherJobs, j)
}

func (j *gatherJob[T]) Block(i int) {
	m := len(j.idx)
	if !j.scatter {
		for u := i * j.units; u < min((i+1)*j.units, j.outer*m); u++ {
			at := (u/m*j.n + j.idx[u%m]) * j.inner
			copy(j.dst[u*j.inner:(u+1)*j.inner], j.x[at:at+j.inner])
		}
		return
	}
	for u := i * j.units; u < min((i+1)*j.units, j.outer*j.strips); u++ {
		o, s := u/j.strips, u%j.strips
		lo, hi := s*lanes, min((s+1)*lanes, j.inner)
		for k := range j.n {
			at := (o*j.n + k) * j.inner
			clear(j.dst[at+lo : at+hi])
		}
		for q, k := range j.idx {
			from, to := (o*m+q)*j.inner, (o*j.n+k)*j.inner
			d := j.dst[to+lo : to+hi]
			binary(Add, d, d, j.x[from+lo:from+hi])
		}
	}
}
