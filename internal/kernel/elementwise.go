package kernel

import "tweedie/internal/par"

type loop uint8

const (
	loopAffine loop = iota
	loopClamp
	loopAxpy
	loopFill
	loopWhere
)

type loopJob[T Float] struct {
	kind         loop
	dst, x, a, b []T
	p, q         T
}

var loopJobs freeList

func (j *loopJob[T]) Block(i int) {
	lo := i * block
	hi := min(lo+block, len(j.dst))
	dst := j.dst[lo:hi]
	switch j.kind {
	case loopAffine:
		affine(dst, j.x[lo:hi], j.p, j.q)
	case loopClamp:
		clamp(dst, j.x[lo:hi], j.p, j.q)
	case loopAxpy:
		axpy(j.p, j.x[lo:hi], dst)
	case loopFill:
		fill(dst, j.p)
	case loopWhere:
		where(dst, j.x[lo:hi], j.a[lo:hi], j.b[lo:hi])
	}
}

func runLoop[T Float](kind loop, dst, x, a, b []T, p, q T) {
	j := take[T, loopJob[T]](&loopJobs)
	j.kind, j.dst, j.x, j.a, j.b, j.p, j.q = kind, dst, x, a, b, p, q
	par.Do(blocksOf(len(dst), block), j)
	give[T](&loopJobs, j)
}

// Affine computes dst[i] = mul x[i] + add; dst may be x.
func Affine[T Float](dst, x []T, mul, add T) {
	sized("Affine", "x", len(x), len(dst))
	runLoop(loopAffine, dst, x, nil, nil, mul, add)
}

// Clamp computes dst[i] = min(max(x[i], lo), hi), NaN for NaN; dst may be x.
func Clamp[T Float](dst, x []T, lo, hi T) {
	sized("Clamp", "x", len(x), len(dst))
	runLoop(loopClamp, dst, x, nil, nil, lo, hi)
}

// Where computes dst[i] = a[i] where mask[i] is not 0, else b[i]; dst may be any of them.
func Where[T Float](dst, mask, a, b []T) {
	sized("Where", "mask", len(mask), len(dst))
	sized("Where", "a", len(a), len(dst))
	sized("Where", "b", len(b), len(dst))
	runLoop(loopWhere, dst, mask, a, b, 0, 0)
}

// Axpy computes y[i] += a x[i].
func Axpy[T Float](a T, x, y []T) {
	sized("Axpy", "x", len(x), len(y))
	runLoop(loopAxpy, y, x, nil, nil, a, 0)
}

// Fill sets every dst[i] to v.
func Fill[T Float](dst []T, v T) { runLoop(loopFill, dst, nil, nil, nil, v, 0) }

func affine[T Float](dst, x []T, mul, add T) {
	x = x[:len(dst)]
	if quick[T](len(dst)) {
		fast.affine(first(dst), first(x), len(dst), float32(mul), float32(add))
		return
	}
	for i, v := range x {
		dst[i] = mul*v + add
	}
}

func clamp[T Float](dst, x []T, lo, hi T) {
	x = x[:len(dst)]
	if quick[T](len(dst)) {
		fast.clamp(first(dst), first(x), len(dst), float32(lo), float32(hi))
		return
	}
	for i, v := range x {
		dst[i] = min(max(v, lo), hi)
	}
}

func fill[T Float](dst []T, v T) {
	if quick[T](len(dst)) {
		fast.fill(first(dst), len(dst), float32(v))
		return
	}
	for i := range dst {
		dst[i] = v
	}
}

func where[T Float](dst, mask, a, b []T) {
	mask, a, b = mask[:len(dst)], a[:len(dst)], b[:len(dst)]
	if quick[T](len(dst)) {
		fast.where(first(dst), first(mask), first(a), first(b), len(dst))
		return
	}
	for i, m := range mask {
		if m != 0 {
			dst[i] = a[i]
		} else {
			dst[i] = b[i]
		}
	}
}

func axpy[T Float](a T, x, y []T) {
	x = x[:len(y)]
	if quick[T](len(y)) {
		fast.axpy(first(y), first(x), len(y), float32(a))
		return
	}
	for i, v := range x {
		y[i] += a * v
	}
}
