package kernel

import "tweedie/internal/par"

type dotJob[T Float] struct {
	a, b []T // b nil: plain sum
	part []float64
}

var dotJobs freeList

// Dot returns sum a[i] b[i], accumulated in float64.
func Dot[T Float](a, b []T) float64 {
	sized("Dot", "b", len(b), len(a))
	if len(a) == 0 {
		return 0
	}
	return dotTree(a, b)
}

// SumAll returns sum x[i], accumulated in float64.
func SumAll[T Float](x []T) float64 { return dotTree(x, nil) }

func dotTree[T Float](a, b []T) float64 {
	leaves := blocksOf(len(a), leaf)
	if leaves == 0 {
		return 0
	}
	s := borrow[float64](leaves)
	j := take[T, dotJob[T]](&dotJobs)
	j.a, j.b, j.part = a, b, s.buf
	par.Do(blocksOf(leaves, block/leaf), j)
	give[T](&dotJobs, j)
	foldTree(false, s.buf, leaves, 1)
	sum := s.buf[0]
	s.free()
	return sum
}

func (j *dotJob[T]) Block(i int) {
	per := block / leaf
	for l := i * per; l < min((i+1)*per, len(j.part)); l++ {
		lo := l * leaf
		hi := min(lo+leaf, len(j.a))
		if j.b == nil {
			j.part[l] = sumWide(j.a[lo:hi])
		} else {
			j.part[l] = dotWide(j.a[lo:hi], j.b[lo:hi])
		}
	}
}

func sumWide[T Float](x []T) float64 {
	var s [4]float64
	if n := len(x) / stride * stride; quick[T](n) {
		s[0], x = fast.sumWide(first(x), n), x[n:]
	}
	for len(x) >= 4 {
		s[0] += float64(x[0])
		s[1] += float64(x[1])
		s[2] += float64(x[2])
		s[3] += float64(x[3])
		x = x[4:]
	}
	for i, v := range x {
		s[i] += float64(v)
	}
	return (s[0] + s[2]) + (s[1] + s[3])
}

func dotWide[T Float](a, b []T) float64 {
	var s [4]float64
	if n := len(a) / stride * stride; quick[T](n) {
		s[0], a, b = fast.dotWide(first(a), first(b[:n]), n), a[n:], b[n:]
	}
	for len(a) >= 4 && len(b) >= 4 {
		s[0] += float64(a[0]) * float64(b[0])
		s[1] += float64(a[1]) * float64(b[1])
		s[2] += float64(a[2]) * float64(b[2])
		s[3] += float64(a[3]) * float64(b[3])
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s[i] += float64(v) * float64(b[i])
	}
	return (s[0] + s[2]) + (s[1] + s[3])
}
