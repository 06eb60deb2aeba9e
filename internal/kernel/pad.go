package kernel

import "tweedie/internal/par"

// PadMode says how an array goes on outside of its ends.
type PadMode uint8

// The ways to go on, shown for the array a b c.
const (
	PadZero      PadMode = iota // 0 0 | a b c | 0 0
	PadCircular                 // b c | a b c | a b
	PadReflect                  // c b | a b c | b a
	PadSymmetric                // b a | a b c | c b
)

// source is the position in [0, n) that position k of the infinite array repeats.
func (m PadMode) source(k, n int) int {
	if n == 1 {
		return 0
	}
	period := n
	switch m {
	case PadReflect:
		period = 2*n - 2
	case PadSymmetric:
		period = 2 * n
	}
	k %= period
	if k < 0 {
		k += period
	}
	if k >= n {
		k = period - k
		if m == PadSymmetric {
			k--
		}
	}
	return k
}

type padJob[T Float] struct {
	dst, x                         []T
	outer, n, inner, lo, hi, units int
	mode                           PadMode
	adjoint                        bool
}

var padJobs freeList

// Pad lengthens the middle axis by lo before and hi after:
// dst[o,k,i] = x[o,source(k-lo),i]; x [outer,n,inner], dst [outer,lo+n+hi,inner]. An empty axis is padded with 0.
func Pad[T Float](dst, x []T, outer, n, inner, lo, hi int, mode PadMode) {
	sized("Pad", "x", len(x), outer*n*inner)
	sized("Pad", "dst", len(dst), outer*(lo+n+hi)*inner)
	runPad(padJob[T]{dst, x, outer, n, inner, lo, hi, 0, mode, false})
}

// PadAdjoint is the adjoint of Pad: dst[o,j,i] is the sum of x[o,k,i] over the k that repeat j;
// x [outer,lo+n+hi,inner], dst [outer,n,inner].
func PadAdjoint[T Float](dst, x []T, outer, n, inner, lo, hi int, mode PadMode) {
	sized("PadAdjoint", "dst", len(dst), outer*n*inner)
	sized("PadAdjoint", "x", len(x), outer*(lo+n+hi)*inner)
	runPad(padJob[T]{dst, x, outer, n, inner, lo, hi, 0, mode, true})
}

func runPad[T Float](p padJob[T]) {
	if p.n == 0 {
		Fill(p.dst, 0)
		return
	}
	if p.outer*p.inner == 0 {
		return
	}
	j := take[T, padJob[T]](&padJobs)
	*j = p
	j.units = max(1, block/((p.lo+p.n+p.hi)*p.inner))
	par.Do(blocksOf(j.outer, j.units), j)
	give[T](&padJobs, j)
}

func (j *padJob[T]) Block(i int) {
	short, long := j.n*j.inner, (j.lo+j.n+j.hi)*j.inner
	for o := i * j.units; o < min((i+1)*j.units, j.outer); o++ {
		if j.adjoint {
			j.fold(j.dst[o*short:(o+1)*short], j.x[o*long:(o+1)*long])
		} else {
			j.extend(j.dst[o*long:(o+1)*long], j.x[o*short:(o+1)*short])
		}
	}
}

func (j *padJob[T]) extend(dst, x []T) {
	in := j.inner
	copy(dst[j.lo*in:], x)
	if j.mode == PadZero {
		clear(dst[:j.lo*in])
		clear(dst[(j.lo+j.n)*in:])
		return
	}
	for k := range j.lo + j.hi {
		if k >= j.lo {
			k += j.n
		}
		at := j.mode.source(k-j.lo, j.n) * in
		copy(dst[k*in:(k+1)*in], x[at:at+in])
	}
}

func (j *padJob[T]) fold(dst, x []T) {
	in := j.inner
	copy(dst, x[j.lo*in:])
	if j.mode == PadZero {
		return
	}
	for k := range j.lo + j.hi {
		if k >= j.lo {
			k += j.n
		}
		at := j.mode.source(k-j.lo, j.n) * in
		d := dst[at : at+in]
		binary(Add, d, d, x[k*in:(k+1)*in])
	}
}
