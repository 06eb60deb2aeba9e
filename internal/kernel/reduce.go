package kernel

import (
	"fmt"

	"tweedie/internal/par"
)

// A sum over n terms is cut into leaves of at most leaf terms (leafRows when whole
// rows are summed); the leaves' sums are added pairwise, as a tree over their
// number. The tree depends on n alone.
const (
	leaf     = 4096
	leafRows = 64
)

type reduceJob[T Float] struct {
	max             bool
	outer, n, inner int
	per, leaves     int
	units           int // leaves a block
	dst, x          []T
}

var reduceJobs freeList

func reduce[T Float](op string, isMax bool, dst, x []T, outer, n, inner int) {
	if outer < 0 || n < 0 || inner < 0 {
		panic(&ArgError{op, fmt.Sprintf("outer %d, n %d, inner %d: want none negative", outer, n, inner)})
	}
	sized(op, "dst", len(dst), outer*inner)
	sized(op, "x", len(x), outer*n*inner)
	if len(dst) == 0 {
		return
	}
	if n == 0 {
		if isMax {
			panic(&ArgError{op, "the axis is empty: want n > 0"})
		}
		Fill(dst, 0)
		return
	}
	per := leaf
	if inner > 1 {
		per = leafRows
	}
	leaves := blocksOf(n, per)
	j := take[T, reduceJob[T]](&reduceJobs)
	*j = reduceJob[T]{isMax, outer, n, inner, per, leaves, max(1, block/(min(n, per)*inner)), dst, x}
	if leaves == 1 {
		par.Do(blocksOf(outer, j.units), j)
		give[T](&reduceJobs, j)
		return
	}
	s := borrow[T](outer * leaves * inner)
	j.dst = s.buf
	par.Do(blocksOf(outer*leaves, j.units), j)
	for o := range outer {
		part := s.buf[o*leaves*inner : (o+1)*leaves*inner]
		foldTree(isMax, part, leaves, inner)
		copy(dst[o*inner:(o+1)*inner], part)
	}
	s.free()
	give[T](&reduceJobs, j)
}

// Block reduces a run of leaves.
func (j *reduceJob[T]) Block(i int) {
	for u := i * j.units; u < min((i+1)*j.units, j.outer*j.leaves); u++ {
		o, l := u/j.leaves, u%j.leaves
		lo := l * j.per
		hi := min(lo+j.per, j.n)
		x := j.x[(o*j.n+lo)*j.inner : (o*j.n+hi)*j.inner]
		if j.inner == 1 {
			if j.max {
				j.dst[u] = maxRun(x)
			} else {
				j.dst[u] = sumRun(x)
			}
			continue
		}
		reduceRows(j.max, j.dst[u*j.inner:(u+1)*j.inner], x)
	}
}

// foldTree reduces part[leaves][inner] into part[0].
func foldTree[T Float](isMax bool, part []T, leaves, inner int) {
	for step := 1; step < leaves; step *= 2 {
		for l := 0; l+step < leaves; l += 2 * step {
			a := part[l*inner : (l+1)*inner]
			b := part[(l+step)*inner : (l+step+1)*inner]
			if isMax {
				binary(Max2, a, a, b)
			} else {
				binary(Add, a, a, b)
			}
		}
	}
}

// reduceRows sums, or takes the maximum of, the rows of x[.,len(dst)].
func reduceRows[T Float](isMax bool, dst, x []T) {
	copy(dst, x)
	for at := len(dst); at < len(x); at += len(dst) {
		if isMax {
			binary(Max2, dst, dst, x[at:at+len(dst)])
		} else {
			binary(Add, dst, dst, x[at:at+len(dst)])
		}
	}
}

// sumRun sums a leaf in eight interleaved lanes.
func sumRun[T Float](x []T) T {
	var head T
	if n := len(x) / stride * stride; quick[T](n) {
		head, x = T(fast.sum(first(x), n)), x[n:]
	}
	var s [8]T
	for len(x) >= 8 {
		for i := range s {
			s[i] += x[i]
		}
		x = x[8:]
	}
	for i, v := range x {
		s[i] += v
	}
	return head + (((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])))
}

// maxRun returns the largest of x, NaN if any is.
func maxRun[T Float](x []T) T {
	m := x[0]
	if n := len(x) / stride * stride; quick[T](n) {
		m, x = T(fast.largest(first(x), n)), x[n:]
	}
	if len(x) >= 8 && quick[T](len(x)) { // the rest, filled up with m
		s := borrow[T](stride)
		copy(s.buf, x)
		fill(s.buf[len(x):], m)
		m = T(fast.largest(first(s.buf), stride))
		s.free()
		return m
	}
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

// Sum computes dst[o,i] = sum over k of x[o,k,i]; x [outer,n,inner], dst [outer,inner].
// Leaves are summed in T and added pairwise. It panics with a *SizeError on wrong lengths.
func Sum[T Float](dst, x []T, outer, n, inner int) { reduce("Sum", false, dst, x, outer, n, inner) }

// Max computes dst[o,i] = max over k of x[o,k,i], NaN if any is; n must be positive.
func Max[T Float](dst, x []T, outer, n, inner int) { reduce("Max", true, dst, x, outer, n, inner) }
