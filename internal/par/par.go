// Package par runs independent blocks of work on all processors.
//
// A job is cut into blocks 0, 1, ..., n-1 by its author, by size and never by the
// number of workers, so what a block computes is the same however many there are:
//
//	result = f(block 0), f(block 1), ..., f(block n-1)      in any order, on any worker
//
// Every worker begins with a range of its own, the same part of every job, so that what one
// job left in a worker's cache is there for the next, and then helps with those of others, one
// block at a time, so uneven blocks balance. The caller works too. One job has the workers at a time: a call made
// while another job runs, from inside a block or from another goroutine, runs
// its blocks inline, in order, on its own goroutine.
//
// Workers spin for a fraction of a millisecond after a job, so that a pass made
// of thousands of short jobs pays about a microsecond for each, and then sleep.
//
// On amd64 a block computes with denormals as zeros, wherever it runs: numbers below
// 1.2e-38 in float32, 2.2e-308 in float64, which the processor handles up to a hundred
// times slower than others. The mode belongs to a thread, so a goroutine is bound to its
// thread while it runs blocks, and both are as they were when Do returns.
package par

import (
	"math"
	"runtime"
)

// Task is a job: Block(i) does the i-th block, and must not depend on the others.
type Task interface {
	Block(i int)
}

// Do runs t.Block(i) once for every i in [0, blocks) and returns when all are done.
// It allocates nothing. When blocks panic, the panic of the lowest one is raised again
// on the caller once no block is running; blocks after it may or may not have run.
// A block must not call runtime.Goexit.
func Do(blocks int, t Task) {
	if blocks <= 0 {
		return
	}
	if blocks > 1 && blocks <= math.MaxInt32 {
		if workers := Workers() - 1; workers > 0 && shared.busy.CompareAndSwap(false, true) {
			shared.run(blocks, t, workers)
			return
		}
	}
	inline(blocks, t)
}

// inline runs the blocks on this goroutine.
func inline(blocks int, t Task) {
	defer relax(quicken())
	for i := range blocks {
		t.Block(i)
	}
}

// Workers returns the number of goroutines that may work at once: GOMAXPROCS now.
func Workers() int { return runtime.GOMAXPROCS(0) }
