package par

import (
	"runtime"
	"sync/atomic"
	"time"
)

const (
	spinLoads  = 512                    // polls between two looks at the scheduler and the clock
	workerSpin = 200 * time.Microsecond // how long an idle worker polls before it sleeps
	callerSpin = time.Millisecond       // how long a caller polls for the last blocks before it sleeps
)

// pool runs one job at a time on the workers that serve it.
//
// A job's blocks are dealt to its participants, the caller first, as ranges one after another, by position only: the
// same part of an array falls to the same worker from job to job and is found in its cache. A participant that has
// finished its range takes blocks from the others'.
//
// A job is open once epoch has its number. A claimed block pins task, blocks and ranges:
// the job cannot end before done has counted it.
type pool struct {
	busy  atomic.Bool
	_     [63]byte
	epoch atomic.Uint32
	_     [60]byte
	done  atomic.Int64
	_     [56]byte

	task   Task
	blocks int
	ranges int                     // ranges that are not empty
	stacks atomic.Pointer[[]stack] // one for the caller and one for every worker

	failed atomic.Bool
	lock   atomic.Bool // guards worst and cause
	worst  int         // lowest block that panicked
	cause  any

	caller  sleeper
	workers []*sleeper
}

// stack is one participant's range of blocks. left holds the job's epoch in its high half
// and the number of unclaimed blocks in its low half. Claiming is one compare-and-swap that
// takes the count down; the epoch keeps a slow worker from claiming with a stale count.
type stack struct {
	left atomic.Uint64
	_    [56]byte
}

var shared = pool{caller: sleeper{wake: make(chan struct{}, 1)}}

// sleeper is a goroutine that may sleep until it is woken.
type sleeper struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// sleep blocks until rouse, unless ready turns out to hold.
func (s *sleeper) sleep(ready func() bool) {
	s.asleep.Store(true)
	if ready() && s.asleep.CompareAndSwap(true, false) {
		return
	}
	<-s.wake
}

func (s *sleeper) rouse() {
	if s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}

// run does one job; the caller holds busy.
func (p *pool) run(blocks int, t Task, workers int) {
	p.hire(workers)
	epoch := p.epoch.Load() + 1
	p.task, p.blocks, p.ranges = t, blocks, min(workers+1, blocks)
	p.done.Store(0)
	stacks := *p.stacks.Load()
	for i := range p.ranges {
		stacks[i].left.Store(uint64(epoch)<<32 | uint64(p.end(i)-p.end(i-1)))
	}
	p.epoch.Store(epoch)
	for _, w := range p.workers[:p.ranges-1] {
		w.rouse()
	}
	for !p.work(0) {
	}
	p.wait()
	p.task = nil
	if !p.failed.Load() {
		p.busy.Store(false)
		return
	}
	cause := p.cause
	p.cause = nil
	p.failed.Store(false)
	p.busy.Store(false)
	panic(cause)
}

// hire makes sure that there are at least that many workers.
func (p *pool) hire(workers int) {
	if len(p.workers) >= workers {
		return
	}
	stacks := make([]stack, workers+1) // a slow worker may still look at the old stacks: they stay, empty
	p.stacks.Store(&stacks)
	for len(p.workers) < workers {
		w := &sleeper{wake: make(chan struct{}, 1)}
		p.workers = append(p.workers, w)
		go p.serve(w, len(p.workers))
	}
}

// end returns the block after the i-th range.
func (p *pool) end(i int) int { return int(int64(i+1) * int64(p.blocks) / int64(p.ranges)) }

// wait returns when every block is done.
func (p *pool) wait() {
	var start time.Time
	for n := 1; ; n++ {
		if p.allDone() {
			return
		}
		if n%spinLoads != 0 {
			continue
		}
		runtime.Gosched()
		switch {
		case start.IsZero():
			start = time.Now()
		case time.Since(start) > callerSpin:
			p.caller.sleep(p.allDone)
		}
	}
}

func (p *pool) allDone() bool { return p.done.Load() == int64(p.blocks) }

// serve runs jobs for ever, as the worker whose range is the i-th.
func (p *pool) serve(w *sleeper, i int) {
	var start time.Time
	var seen uint32 // the last job that this worker looked at
	news := func() bool { return p.epoch.Load() != seen }
	for n := 1; ; n++ {
		if news() {
			seen = p.epoch.Load()
			for !p.work(i) {
			}
			n, start = 0, time.Time{}
			continue
		}
		if n%spinLoads != 0 {
			continue
		}
		runtime.Gosched()
		switch {
		case start.IsZero():
			start = time.Now()
		case time.Since(start) > workerSpin:
			w.sleep(news)
			n, start = 0, time.Time{}
		}
	}
}

// work claims and runs blocks, from the i-th range first, until none is left, and reports true; after a block that
// panicked it notes the panic and reports false.
func (p *pool) work(i int) (finished bool) {
	block, blocks := -1, 0
	old := quicken()
	defer func() {
		relax(old)
		if finished {
			return
		}
		p.note(block, recover())
		p.finish(blocks)
	}()
	stacks := *p.stacks.Load()
	for k := range stacks {
		at := (i + k) % len(stacks)
		for left := stacks[at].claim(); left > 0; left = stacks[at].claim() {
			blocks = p.blocks
			block = p.end(at) - left
			p.task.Block(block)
			p.finish(blocks)
		}
	}
	return true
}

// claim takes the next block and returns how many there were before, 0 for none.
func (s *stack) claim() int {
	for {
		n := s.left.Load()
		if uint32(n) == 0 || s.left.CompareAndSwap(n, n-1) {
			return int(uint32(n))
		}
	}
}

// finish counts a block of a job of the given size as done.
func (p *pool) finish(blocks int) {
	if p.done.Add(1) == int64(blocks) {
		p.caller.rouse()
	}
}

// note keeps the panic of the lowest block.
func (p *pool) note(block int, cause any) {
	for !p.lock.CompareAndSwap(false, true) {
		runtime.Gosched()
	}
	if !p.failed.Load() || block < p.worst {
		p.worst, p.cause = block, cause
		p.failed.Store(true)
	}
	p.lock.Store(false)
}
