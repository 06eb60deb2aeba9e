package diffusion

import (
	"sync"

	"tweedie/rng"
)

var scratch = sync.Pool{New: func() any { return new([]float64) }}

// borrow returns a slice of n numbers of undefined value, to be used until giveBack.
func borrow(n int) *[]float64 {
	p := scratch.Get().(*[]float64)
	if cap(*p) < n {
		*p = make([]float64, n)
	}
	*p = (*p)[:n]
	return p
}

// giveBack ends the loan of a slice that borrow returned.
func giveBack(p *[]float64) { scratch.Put(p) }

// streams lends generators, to be Reset before use.
var streams = sync.Pool{New: func() any { return new(rng.Stream) }}

// batchSize returns the number of samples in one evaluation for a configured size, of which 0 is 16.
func batchSize(configured int) int {
	if configured == 0 {
		return 16
	}
	return configured
}
