package kernel

import "tweedie/internal/par"

type permuteJob[T Float] struct {
	g      grid
	dst, x []T
}

var permuteJobs freeList

// Permute copies x, read with the given element strides, into dst, row-major of shape
// dims: dst[i0,i1,...] = x[i0 strides[0] + i1 strides[1] + ...]. A stride may be 0.
// dst and x must not overlap.
func Permute[T Float](dst, x []T, dims, strides []int) {
	j := take[T, permuteJob[T]](&permuteJobs)
	j.g = newGrid("Permute", dims, strides, nil)
	sized("Permute", "dst", len(dst), j.g.n)
	j.dst, j.x = dst, x
	par.Do(blocksOf(len(dst), block), j)
	give[T](&permuteJobs, j)
}

func (j *permuteJob[T]) Block(i int) {
	g := &j.g
	last := g.rank - 1
	s := g.strides[0][last]
	lo := i * block
	hi := min(lo+block, len(j.dst))
	for lo < hi {
		at, _, col := g.seek(lo)
		n := min(hi-lo, g.dims[last]-col)
		d := j.dst[lo : lo+n]
		if s == 1 {
			copy(d, j.x[at:at+n])
		} else {
			for k := range d {
				d[k] = j.x[at+k*s]
			}
		}
		lo += n
	}
}
