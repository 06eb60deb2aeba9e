package par

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counts notes how often each block ran.
type counts []atomic.Int32

func (c counts) Block(i int) { c[i].Add(1) }

func (c counts) check(t *testing.T, want int32) {
	t.Helper()
	for i := range c {
		if got := c[i].Load(); got != want {
			t.Fatalf("%d blocks: block %d ran %d times, want %d", len(c), i, got, want)
		}
	}
}

func procs(t testing.TB, n int) {
	old := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(old) })
}

func TestEveryBlockOnce(t *testing.T) {
	for _, p := range []int{1, 2, 3, 8} {
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			procs(t, p)
			for blocks := range 200 {
				c := make(counts, blocks)
				for k := range 5 {
					Do(blocks, c)
					c.check(t, int32(k+1))
				}
			}
		})
	}
}

func TestAfterSleep(t *testing.T) {
	procs(t, 4)
	for k := range 20 {
		time.Sleep(time.Duration(k) * 50 * time.Microsecond)
		c := make(counts, 50)
		Do(len(c), c)
		c.check(t, 1)
	}
}

// blockFunc is a task made of a function.
type blockFunc func(i int)

func (f blockFunc) Block(i int) { f(i) }

func TestWorkersJoinIn(t *testing.T) {
	procs(t, 2)
	var once sync.WaitGroup
	once.Add(2)
	Do(2, blockFunc(func(i int) { once.Done(); once.Wait() })) // returns only when two goroutines take a block each
}

func TestCallerSleepsForSlowBlock(t *testing.T) {
	procs(t, 2)
	var in sync.WaitGroup
	in.Add(2)
	caller := make(chan int, 1)
	var slow atomic.Bool
	Do(2, blockFunc(func(i int) {
		in.Done()
		in.Wait()
		if slow.CompareAndSwap(false, true) {
			time.Sleep(5 * callerSpin)
			caller <- i
		}
	}))
	if len(caller) != 1 {
		t.Fatal("Do returned before its slow block")
	}
}

func TestNested(t *testing.T) {
	procs(t, 4)
	c := make(counts, 100)
	Do(10, blockFunc(func(i int) {
		Do(10, blockFunc(func(k int) {
			Do(1, blockFunc(func(int) { c.Block(10*i + k) }))
		}))
	}))
	c.check(t, 1)
}

func TestConcurrentCallers(t *testing.T) {
	procs(t, 4)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for k := range 300 {
				c := make(counts, k%17)
				Do(len(c), c)
				for i := range c {
					if c[i].Load() != 1 {
						t.Errorf("block %d of %d ran %d times", i, len(c), c[i].Load())
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestPanicOfLowestBlock(t *testing.T) {
	for _, p := range []int{1, 2, 4} {
		procs(t, p)
		for range 50 {
			c := make(counts, 20)
			got := func() (cause any) {
				defer func() { cause = recover() }()
				Do(len(c), blockFunc(func(i int) {
					c.Block(i)
					if i >= 7 {
						panic(fmt.Errorf("block %d", i))
					}
				}))
				return nil
			}()
			if err, ok := got.(error); !ok || err.Error() != "block 7" {
				t.Fatalf("GOMAXPROCS %d: caught %v, want block 7's panic", p, got)
			}
			after := make(counts, 20)
			Do(len(after), after)
			after.check(t, 1)
		}
	}
}

func TestPanicKeepsItsValue(t *testing.T) {
	procs(t, 2)
	want := errors.New("typed")
	defer func() {
		if got := recover(); got != any(want) {
			t.Errorf("caught %v, want the very value that was raised", got)
		}
	}()
	Do(2, blockFunc(func(int) { panic(want) }))
}

// sums adds up a slice in blocks of 64, as a kernel would.
type sums struct{ x, part []float64 }

func (s *sums) Block(i int) {
	s.part[i] = 0
	for _, v := range s.x[64*i : 64*(i+1)] {
		s.part[i] += v
	}
}

func TestNoAllocation(t *testing.T) {
	procs(t, 2)
	s := &sums{make([]float64, 6400), make([]float64, 100)}
	Do(100, s)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 2000 {
		Do(100, s)
	}
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > 200 {
		t.Errorf("2000 jobs made %d allocations, want none of their own", n)
	}
}

func TestWorkers(t *testing.T) {
	procs(t, 3)
	if Workers() != 3 {
		t.Errorf("Workers() = %d with GOMAXPROCS 3", Workers())
	}
}

func ExampleDo() {
	s := &sums{make([]float64, 256), make([]float64, 4)}
	for i := range s.x {
		s.x[i] = 1
	}
	Do(4, s)
	fmt.Println(s.part)
	// Output: [64 64 64 64]
}

func BenchmarkEmpty(b *testing.B) {
	for _, blocks := range []int{1, 2, 16} {
		b.Run(fmt.Sprint(blocks), func(b *testing.B) {
			c := make(counts, blocks)
			for b.Loop() {
				Do(blocks, c)
			}
		})
	}
}
