package kernel

import "tweedie/internal/par"

// swapTile is the side of the squares in which two dimensions are exchanged.
const swapTile = 64

// permuteJob copies dst either in runs along its last dimension or, where x's
// neighbours lie along another dimension (swap), in squares of those two.
type permuteJob[T Float] struct {
	g      grid
	swap   int // the dimension along which x is contiguous, or -1
	tiles  int // squares in all
	units  int // squares a block
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
	j.dst, j.x, j.swap = dst, x, -1
	g := &j.g
	last := g.rank - 1
	for r := range last {
		if g.strides[0][r] == 1 && g.strides[0][last] != 1 {
			j.swap = r
		}
	}
	blocks := blocksOf(len(dst), block)
	if j.swap >= 0 && len(dst) > 0 {
		down, across := blocksOf(g.dims[j.swap], swapTile), blocksOf(g.dims[last], swapTile)
		j.tiles = g.n / (g.dims[j.swap] * g.dims[last]) * down * across
		j.units = max(1, j.tiles/blocksOf(len(dst), dearBlock))
		blocks = blocksOf(j.tiles, j.units)
	}
	par.Do(blocks, j)
	give[T](&permuteJobs, j)
}

func (j *permuteJob[T]) Block(i int) {
	if j.swap >= 0 {
		for u := i * j.units; u < min((i+1)*j.units, j.tiles); u++ {
			j.square(u)
		}
		return
	}
	g := &j.g
	last := g.rank - 1
	s := g.strides[0][last]
	lo := i * block
	hi := min(lo+block, len(j.dst))
	for c := g.seek(lo); lo < hi; {
		n := min(hi-lo, g.dims[last]-c.at[last])
		d := j.dst[lo : lo+n]
		if s == 1 {
			copy(d, j.x[c.a:c.a+n])
		} else {
			for k := range d {
				d[k] = j.x[c.a+k*s]
			}
		}
		g.advance(&c, n)
		lo += n
	}
}

// square copies square u: k along the dimension where x is contiguous, c along dst's last.
func (j *permuteJob[T]) square(u int) {
	g := &j.g
	last := g.rank - 1
	across, down := blocksOf(g.dims[last], swapTile), blocksOf(g.dims[j.swap], swapTile)
	c0, k0 := u%across*swapTile, u/across%down*swapTile
	rest := u / across / down
	from, to, size, pitch := 0, 0, 1, 1
	for r := last; r >= 0; r-- {
		at := 0
		switch r {
		case last:
			at = c0
		case j.swap:
			at, pitch = k0, size
		default:
			at, rest = rest%g.dims[r], rest/g.dims[r]
		}
		from, to, size = from+at*g.strides[0][r], to+at*size, size*g.dims[r]
	}
	n, cols := min(swapTile, g.dims[j.swap]-k0), min(swapTile, g.dims[last]-c0)
	off := borrowOffsets(swapTile)
	four := cols / 4 * 4
	gatherCols(j.dst[to:], pitch, j.x[from:], offsets(off.at[:four], four, g.strides[0][last]), n)
	off.free()
	for c := four; c < cols; c++ {
		for k, v := range j.x[from+c*g.strides[0][last]:][:n] {
			j.dst[to+k*pitch+c] = v
		}
	}
}
