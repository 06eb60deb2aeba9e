package diffusion

import (
	"sync"

	"tweedie/rng"
)

var scratch = sync.Pool{New: func() any { return new([]float64) }}

// borrow is a slice of n numbers of undefined value, for the time until giveBack.
func borrow(n int) *[]float64 {
	p := scratch.Get().(*[]float64)
	if cap(*p) < n {
		*p = make([]float64, n)
	}
	*p = (*p)[:n]
	return p
}

func giveBack(p *[]float64) { scratch.Put(p) }

// streams lends generators, to be Reset before use.
var streams = sync.Pool{New: func() any { return new(rng.Stream) }}
