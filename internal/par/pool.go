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

// pool is one job at a time and the workers that serve it.
//
// left holds the job's epoch in its high half and the number of unclaimed blocks
// in its low half. Claiming is one compare-and-swap that takes the count down;
// the epoch keeps a slow worker from claiming with a stale count. A claimed block
// pins task and blocks: the job cannot end before done has counted it.
type pool struct {
	busy atomic.Bool
	_    [63]byte
	left atomic.Uint64
	_    [56]byte
	done atomic.Int64
	_    [56]byte

	task   Task
	blocks int
	epoch  uint64

	failed atomic.Bool
	lock   atomic.Bool // guards worst and cause
	worst  int         // lowest block that panicked
	cause  any

	caller  sleeper
	workers []*sleeper
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
	for len(p.workers) < workers {
		w := &sleeper{wake: make(chan struct{}, 1)}
		p.workers = append(p.workers, w)
		go p.serve(w)
	}
	p.task, p.blocks = t, blocks
	p.done.Store(0)
	p.epoch++
	p.left.Store(p.epoch<<32 | uint64(uint32(blocks)))
	for _, w := range p.workers[:min(workers, blocks-1)] {
		w.rouse()
	}
	for !p.work() {
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
func (p *pool) hasWork() bool { return uint32(p.left.Load()) != 0 }

// serve is the life of a worker.
func (p *pool) serve(w *sleeper) {
	var start time.Time
	for n := 1; ; n++ {
		if p.hasWork() {
			for !p.work() {
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
			w.sleep(p.hasWork)
			n, start = 0, time.Time{}
		}
	}
}

// work claims and runs blocks until none is left, and reports true; after a block
// that panicked it notes the panic and reports false.
func (p *pool) work() (finished bool) {
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
	for {
		s := p.left.Load()
		n := uint32(s)
		if n == 0 {
			return true
		}
		if !p.left.CompareAndSwap(s, s-1) {
			continue
		}
		blocks = p.blocks
		block = blocks - int(n)
		p.task.Block(block)
		p.finish(blocks)
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
