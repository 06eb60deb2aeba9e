package autodiff

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxRank is the largest number of axes that a Var may have.
const MaxRank = 8

// Shape holds the extent of every axis. It is a comparable value: two shapes are equal when == says so. The zero
// Shape is a scalar's.
type Shape struct {
	rank int
	dims [MaxRank]int
}

// S builds the shape with the given extents.
// It panics with a *ShapeError when there are more than MaxRank or one is negative.
func S(dims ...int) Shape {
	if len(dims) > MaxRank {
		panic(&ShapeError{Op: "shape", Msg: fmt.Sprintf("rank %d is above the limit of %d", len(dims), MaxRank)})
	}
	s := Shape{rank: len(dims)}
	for i, d := range dims {
		if d < 0 {
			panic(&ShapeError{Op: "shape", Msg: fmt.Sprintf("axis %d has negative extent %d", i, d)})
		}
		s.dims[i] = d
	}
	return s
}

// Rank returns the number of axes.
func (s Shape) Rank() int { return s.rank }

// Axis turns a possibly negative axis (-1 is the last) into one in [0, rank).
// It panics with a *ShapeError when there is no such axis.
func (s Shape) Axis(i int) int {
	k := i
	if k < 0 {
		k += s.rank
	}
	if k < 0 || k >= s.rank {
		panic(&ShapeError{Op: "axis", Msg: fmt.Sprintf("axis %d does not exist in shape %v", i, s)})
	}
	return k
}

// Dim returns the extent of axis i; negative axes count from the end.
func (s Shape) Dim(i int) int { return s.dims[s.Axis(i)] }

// Size returns the number of elements; 1 for a scalar.
func (s Shape) Size() int {
	n := 1
	for _, d := range s.dims[:s.rank] {
		n *= d
	}
	return n
}

// Dims appends the extents to dst[:0] and returns it.
func (s Shape) Dims(dst []int) []int { return append(dst[:0], s.dims[:s.rank]...) }

// With returns s with extent n on axis i.
func (s Shape) With(i, n int) Shape {
	s.dims[s.Axis(i)] = n
	return s
}

// Insert returns s with a new axis of extent n at position i in [0, rank].
func (s Shape) Insert(i, n int) Shape {
	if s.rank == MaxRank {
		panic(&ShapeError{Op: "shape", Msg: fmt.Sprintf("rank %d is above the limit of %d", MaxRank+1, MaxRank)})
	}
	copy(s.dims[i+1:], s.dims[i:s.rank])
	s.dims[i] = n
	s.rank++
	return s
}

// Drop returns s without axis i.
func (s Shape) Drop(i int) Shape {
	i = s.Axis(i)
	copy(s.dims[i:], s.dims[i+1:s.rank])
	s.rank--
	s.dims[s.rank] = 0
	return s
}

// Concat returns the axes of s followed by the axes of t.
func (s Shape) Concat(t Shape) Shape {
	for i := 0; i < t.rank; i++ {
		s = s.Insert(s.rank, t.dims[i])
	}
	return s
}

// Tail returns s without its first n axes.
func (s Shape) Tail(n int) Shape {
	for ; n > 0; n-- {
		s = s.Drop(0)
	}
	return s
}

// Strides returns the row-major element stride of every axis; only the first Rank entries count.
func (s Shape) Strides() [MaxRank]int {
	var st [MaxRank]int
	n := 1
	for i := s.rank - 1; i >= 0; i-- {
		st[i] = n
		n *= s.dims[i]
	}
	return st
}

// String prints the extents as [8,64,32,32].
func (s Shape) String() string {
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i < s.rank; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(s.dims[i]))
	}
	b.WriteByte(']')
	return b.String()
}

// Broadcast returns the common shape of s and t by the trailing-axes rule: axes are aligned at the end, and where one
// of the two has extent 1 or lacks the axis, the other's counts. ok is false when two extents disagree.
func Broadcast(s, t Shape) (r Shape, ok bool) {
	if s.rank < t.rank {
		s, t = t, s
	}
	r = s
	off := s.rank - t.rank
	for i := 0; i < t.rank; i++ {
		a, b := s.dims[off+i], t.dims[i]
		switch {
		case a == b, b == 1:
		case a == 1:
			r.dims[off+i] = b
		default:
			return Shape{}, false
		}
	}
	return r, true
}
