//go:build amd64 && !noasm

package par

import (
	"math"
	"runtime"
	"sync/atomic"
	"testing"
)

// tiny computes 1e-40 in the mode that is on: 0 where denormals are flushed.
func tiny() float32 {
	a, b := float32(1e-30), float32(1e-10)
	return mul(&a, &b)
}

//go:noinline
func mul(a, b *float32) float32 { return *a * *b }

// same compares bits: to the processor a denormal may equal zero.
func same(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// probe counts blocks in which a denormal result, or a denormal operand, is not zero; nested jobs are run too.
type probe struct {
	slow, ran atomic.Int64
	nested    *probe
	from      float32 // a denormal
}

func (p *probe) Block(i int) {
	p.ran.Add(1)
	big := float32(1e30)
	if tiny() != 0 || mul(&p.from, &big) != 0 {
		p.slow.Add(1)
	}
	if p.nested != nil {
		Do(3, p.nested)
	}
	if tiny() != 0 {
		p.slow.Add(1)
	}
}

// Every block computes without denormals, on the caller, on workers, inline, and nested; afterwards the caller's
// goroutine has denormals again, also when a block panicked.
func TestBlocksFlushDenormals(t *testing.T) {
	from := tiny()
	if from == 0 {
		t.Fatal("denormals are flushed outside of blocks")
	}
	for _, procs := range []int{1, 2, 4} {
		old := runtime.GOMAXPROCS(procs)
		for _, blocks := range []int{1, 2, 1000} {
			p := &probe{from: from, nested: &probe{from: from}}
			Do(blocks, p)
			if p.slow.Load()+p.nested.slow.Load() != 0 || p.ran.Load() != int64(blocks) || p.nested.ran.Load() != 3*int64(blocks) {
				t.Errorf("%d of %d blocks, and %d of %d nested ones, computed with denormals", p.slow.Load(), p.ran.Load(), p.nested.slow.Load(), p.nested.ran.Load())
			}
			if !same(tiny(), from) {
				t.Fatalf("after %d blocks on %d processors denormals are flushed on the caller", blocks, procs)
			}
		}
		for _, blocks := range []int{1, 50} {
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic of a block was lost")
					}
				}()
				Do(blocks, blow{})
			}()
			if !same(tiny(), from) {
				t.Errorf("after a panic among %d blocks denormals are flushed on the caller", blocks)
			}
		}
		runtime.GOMAXPROCS(old)
	}
}

type blow struct{}

func (blow) Block(int) { panic("blow") }

// Threads that ran blocks are restored: no goroutine that comes to them later loses its denormals.
func TestThreadsAreRestored(t *testing.T) {
	from := tiny()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	Do(1000, &probe{from: from, nested: &probe{from: from}})
	done := make(chan float32)
	for range 64 {
		go func() {
			runtime.Gosched()
			done <- tiny()
		}()
	}
	for range 64 {
		if x := <-done; !same(x, from) {
			t.Fatalf("1e-30 * 1e-10 is %g on a goroutine outside of blocks, want %g", x, from)
		}
	}
}
