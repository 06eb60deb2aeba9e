package kernel

import "tweedie/internal/par"

type interpJob[T Float] struct {
	adjoint            bool
	outer, n, m, inner int
	planes             int // a block
	dst, x             []T
}

var interpJobs freeList

// Interp resamples the middle axis of x [outer,n,inner] linearly to m points, dst [outer,m,inner]. Point j lies at
//
//	u = (j + 1/2) n/m - 1/2,   clamped to [0, n-1],
//
// the centres of m equal cells on n. n and m must be positive.
func Interp[T Float](dst, x []T, outer, n, m, inner int) {
	runInterp("Interp", interpJob[T]{outer: outer, n: n, m: m, inner: inner, dst: dst, x: x}, len(x), len(dst))
}

// InterpAdjoint computes dst [outer,n,inner], the adjoint of Interp applied to x [outer,m,inner].
func InterpAdjoint[T Float](dst, x []T, outer, n, m, inner int) {
	runInterp("InterpAdjoint", interpJob[T]{adjoint: true, outer: outer, n: n, m: m, inner: inner, dst: dst, x: x}, len(dst), len(x))
}

func runInterp[T Float](op string, p interpJob[T], coarse, fine int) {
	if p.n < 1 || p.m < 1 {
		panic(&ArgError{op, "an axis is empty: want n and m positive"})
	}
	sized(op, "the side of n points", coarse, p.outer*p.n*p.inner)
	sized(op, "the side of m points", fine, p.outer*p.m*p.inner)
	p.planes = max(1, block/max(1, (p.n+p.m)*p.inner))
	j := take[T, interpJob[T]](&interpJobs)
	*j = p
	par.Do(blocksOf(p.outer, p.planes), j)
	give[T](&interpJobs, j)
}

// Block does a run of planes.
func (j *interpJob[T]) Block(b int) {
	ratio := float64(j.n) / float64(j.m)
	for o := b * j.planes; o < min((b+1)*j.planes, j.outer); o++ {
		coarse, fine := j.x, j.dst
		if j.adjoint {
			coarse, fine = j.dst, j.x
		}
		coarse = coarse[o*j.n*j.inner : (o+1)*j.n*j.inner]
		fine = fine[o*j.m*j.inner : (o+1)*j.m*j.inner]
		if j.adjoint {
			clear(coarse)
		}
		for k := range j.m {
			u := min(max((float64(k)+0.5)*ratio-0.5, 0), float64(j.n-1))
			lo := int(u)
			hi := min(lo+1, j.n-1)
			w := T(u - float64(lo))
			f := fine[k*j.inner : (k+1)*j.inner]
			a := coarse[lo*j.inner : (lo+1)*j.inner]
			c := coarse[hi*j.inner : (hi+1)*j.inner]
			if j.adjoint {
				for i, v := range f {
					a[i] += (1 - w) * v
					c[i] += w * v
				}
				continue
			}
			for i := range f {
				f[i] = (1-w)*a[i] + w*c[i]
			}
		}
	}
}
