package kernel

import "tweedie/internal/par"

type poolJob[T Float] struct {
	up          bool
	rows, units int
	coarse, k   [3]int
	scale       T
	dst, x      []T
}

var poolJobs freeList

// PoolSum computes dst = scale times the sum of x over windows of k elements that do not overlap;
// dst [outer, coarse...], x [outer, k coarse...].
func PoolSum[T Float](dst, x []T, outer int, coarse, k [3]int, scale T) {
	sized("PoolSum", "dst", len(dst), outer*volume(coarse))
	sized("PoolSum", "x", len(x), outer*volume(coarse)*volume(k))
	runPool(poolJob[T]{rows: outer * coarse[0] * coarse[1], units: max(1, block/max(1, coarse[2]*volume(k))),
		coarse: coarse, k: k, scale: scale, dst: dst, x: x})
}

// Repeat computes dst = scale x with every element repeated in a window of k elements, the adjoint of PoolSum;
// dst [outer, k coarse...], x [outer, coarse...].
func Repeat[T Float](dst, x []T, outer int, coarse, k [3]int, scale T) {
	sized("Repeat", "dst", len(dst), outer*volume(coarse)*volume(k))
	sized("Repeat", "x", len(x), outer*volume(coarse))
	runPool(poolJob[T]{up: true, rows: outer * coarse[0] * k[0] * coarse[1] * k[1], units: max(1, block/max(1, coarse[2]*k[2])),
		coarse: coarse, k: k, scale: scale, dst: dst, x: x})
}

func runPool[T Float](p poolJob[T]) {
	j := take[T, poolJob[T]](&poolJobs)
	*j = p
	par.Do(blocksOf(j.rows, j.units), j)
	give[T](&poolJobs, j)
}

// Block does a run of rows of dst.
func (j *poolJob[T]) Block(i int) {
	for r := i * j.units; r < min((i+1)*j.units, j.rows); r++ {
		if j.up {
			j.repeatRow(r)
		} else {
			j.sumRow(r)
		}
	}
}

func (j *poolJob[T]) sumRow(r int) {
	n, k := j.coarse[2], j.k[2]
	y := j.dst[r*n : (r+1)*n]
	clear(y)
	plane, h := r/j.coarse[1], r%j.coarse[1]
	for a := range j.k[0] {
		for b := range j.k[1] {
			fine := ((plane*j.k[0]+a)*j.coarse[1]+h)*j.k[1] + b
			addRuns(y, j.x[fine*n*k:(fine+1)*n*k], k)
		}
	}
	for o := range y {
		y[o] *= j.scale
	}
}

func (j *poolJob[T]) repeatRow(r int) {
	n, k := j.coarse[2], j.k[2]
	fineH := j.coarse[1] * j.k[1]
	coarse := r/fineH/j.k[0]*j.coarse[1] + r%fineH/j.k[1]
	x := j.x[coarse*n : (coarse+1)*n]
	repeatRuns(j.dst[r*n*k:(r+1)*n*k], x, k, j.scale)
}

// addRuns adds every run of k elements of x to an element of y.
func addRuns[T Float](y, x []T, k int) {
	if k == 2 {
		addPairs(y, x)
		return
	}
	for o := range y {
		s := y[o]
		for _, v := range x[o*k : (o+1)*k] {
			s += v
		}
		y[o] = s
	}
}

// addPairs adds every pair of x to an element of y.
func addPairs[T Float](y, x []T) {
	x = x[:2*len(y)]
	for o := range y {
		y[o] = y[o] + x[2*o] + x[2*o+1]
	}
}

// repeatRuns sets every run of k elements of y to scale times an element of x.
func repeatRuns[T Float](y, x []T, k int, scale T) {
	if k == 2 {
		repeatPairs(y, x, scale)
		return
	}
	for o, v := range x {
		v *= scale
		w := y[o*k : (o+1)*k]
		for q := range w {
			w[q] = v
		}
	}
}

// repeatPairs sets every pair of y to scale times an element of x.
func repeatPairs[T Float](y, x []T, scale T) {
	y = y[:2*len(x)]
	for o, v := range x {
		v *= scale
		y[2*o], y[2*o+1] = v, v
	}
}
