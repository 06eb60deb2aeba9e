package kernel

import (
	"math/bits"
	"sync"
	"unsafe"
)

// freeList keeps the jobs of one kernel for their next use, for float32 and
// float64 apart. Unlike a sync.Pool it is not emptied by the collector; it holds
// as many as were ever in use at once.
type freeList struct {
	mu    sync.Mutex
	items [2][]any
}

// wide is 0 for float32 and 1 for float64.
func wide[T Float]() int {
	var z T
	return int(unsafe.Sizeof(z)/4) - 1
}

// take returns a zero job of type J[T].
func take[T Float, J any](f *freeList) *J {
	w := wide[T]()
	f.mu.Lock()
	l := f.items[w]
	if len(l) == 0 {
		f.mu.Unlock()
		return new(J)
	}
	j := l[len(l)-1].(*J)
	f.items[w] = l[:len(l)-1]
	f.mu.Unlock()
	return j
}

// give clears the job and keeps it.
func give[T Float, J any](f *freeList, j *J) {
	var zero J
	*j = zero
	keep[T](f, j)
}

// keep returns the job as it is.
func keep[T Float, J any](f *freeList, j *J) {
	w := wide[T]()
	f.mu.Lock()
	f.items[w] = append(f.items[w], j)
	f.mu.Unlock()
}

// scratch lends a working buffer; free returns it.
type scratch[T Float] struct{ buf []T }

var buffers [48]freeList

// borrow returns a buffer of n elements with arbitrary contents.
func borrow[T Float](n int) *scratch[T] {
	class := bits.Len(uint(max(n, 1) - 1))
	f := &buffers[class]
	w := wide[T]()
	f.mu.Lock()
	l := f.items[w]
	if len(l) == 0 {
		f.mu.Unlock()
		return &scratch[T]{make([]T, n, 1<<class)}
	}
	s := l[len(l)-1].(*scratch[T])
	f.items[w] = l[:len(l)-1]
	f.mu.Unlock()
	s.buf = s.buf[:n]
	return s
}

// free keeps the buffer for the next borrow of about this size.
func (s *scratch[T]) free() {
	f := &buffers[bits.Len(uint(cap(s.buf)-1))]
	w := wide[T]()
	f.mu.Lock()
	f.items[w] = append(f.items[w], s)
	f.mu.Unlock()
}
