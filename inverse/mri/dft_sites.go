package mri

import (
	"math"

	"tweedie/rng"
)

// sites returns the number of frequencies, or rows, that a random choice has, the central ones among them, and how
// many it is to keep.
func (c DFTConfig) sites(h, w int) (n int, central []int, want int) {
	n = h * w
	if c.Random.Lines {
		n = h
	}
	for k := range n {
		i, j := k, 0
		if !c.Random.Lines {
			i, j = k/w, k%w
		}
		if min(i, h-i) <= c.Random.Centre && min(j, w-j) <= c.Random.Centre {
			central = append(central, k)
		}
	}
	return n, central, int(math.Round(c.Random.Keep * float64(n)))
}

// kept returns the frequencies to measure in increasing order.
func (c DFTConfig) kept(h, w int) []int {
	keep := make([]bool, h*w)
	switch {
	case c.Low != nil:
		for k := range keep {
			keep[k] = k/w < c.Low.Rows && k%w < c.Low.Cols
		}
	case c.Random != nil:
		n, chosen, want := c.sites(h, w)
		in := make([]bool, n)
		for _, k := range chosen {
			in[k] = true
		}
		for _, k := range rng.New(c.Random.Seed).Split("dft", 0).Stream().Perm(n) {
			if len(chosen) < want && !in[k] {
				chosen, in[k] = append(chosen, k), true
			}
		}
		for k := range keep {
			if c.Random.Lines {
				keep[k] = in[k/w]
			} else {
				keep[k] = in[k]
			}
		}
	case c.Pattern.Given():
		pattern, _ := c.pattern(h, w) // Validate has read it
		for k, x := range pattern {
			keep[k] = x == 1
		}
	default:
		return c.Keep
	}
	var list []int
	for k, ok := range keep {
		if ok {
			list = append(list, k)
		}
	}
	return list
}
