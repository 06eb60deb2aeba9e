package autodiff

import (
	"math/rand/v2"
	"testing"
)

// Blocks in use never overlap, and once all are given back every slab is one free block again.
func TestHeapBlocksAreDisjointAndMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	h := &heap{dt: F32}
	var used []*block
	for range 4000 {
		if len(used) > 0 && r.IntN(5) < 2 {
			i := r.IntN(len(used))
			b := used[i]
			for _, x := range b.slab.f32[b.at : b.at+b.n] {
				if x != float32(b.at+b.n) {
					t.Fatalf("block [%d,%d) was written by another", b.at, b.at+b.n)
				}
			}
			h.give(b)
			used[i] = used[len(used)-1]
			used = used[:len(used)-1]
			continue
		}
		n := 1 + r.IntN(1<<r.IntN(15))
		b := h.take(n)
		if b.n < n || b.n%16 != 0 || b.at%16 != 0 {
			t.Fatalf("asked for %d numbers, got %d at %d: want whole grains", n, b.n, b.at)
		}
		for i := range b.n {
			b.slab.f32[b.at+i] = float32(b.at + b.n)
		}
		used = append(used, b)
	}
	for _, b := range used {
		h.give(b)
	}
	free, count := 0, 0
	for _, l := range h.free {
		for _, b := range l {
			free, count = free+b.n, count+1
		}
	}
	if free != h.size || count != h.slabs {
		t.Errorf("%d of %d numbers are free in %d blocks of %d slabs: want all, one a slab", free, h.size, count, h.slabs)
	}
	if h.trim(); h.held != 0 || h.size != 0 {
		t.Errorf("%d of %d numbers are held after trim", h.held, h.size)
	}
}
