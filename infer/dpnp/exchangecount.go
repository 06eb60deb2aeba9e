package dpnp

import "tweedie/inverse"

// counts are kept since the ladder was last changed.
type counts struct {
	Swapped  []float64            `json:"swapped"`  // sum over ladders of the probabilities with which each rung exchanges with the next
	Tried    []int                `json:"tried"`    // exchanges
	Langevin []inverse.MALAReport `json:"langevin"` // of each rung
	Walker   []int                `json:"walkers"`  // that stands on each place, numbered within a ladder
	Heading  []int                `json:"heading"`  // of each walker of each ladder: 1 from the hot end, -1 from the cold end
	Trips    []int                `json:"trips"`    // from the hot end to the cold one and back, of each ladder
}

// anew starts to count.
func (x *exchange) anew() {
	k := len(x.rungs)
	c := counts{Swapped: make([]float64, k-1), Tried: make([]int, k-1), Trips: make([]int, x.ladders), Langevin: make([]inverse.MALAReport, k)}
	for i := range k {
		for range x.ladders {
			c.Walker, c.Heading = append(c.Walker, i), append(c.Heading, 0)
		}
	}
	x.count = c
}

// notice counts the walkers of ladder l that have come to an end.
func (x *exchange) notice(l int) {
	top, bottom := l, (len(x.rungs)-1)*x.ladders+l
	at := x.count.Walker[top]*x.ladders + l
	if x.count.Heading[at] < 0 {
		x.count.Trips[l]++
	}
	x.count.Heading[at] = 1
	if at := x.count.Walker[bottom]*x.ladders + l; x.count.Heading[at] > 0 {
		x.count.Heading[at] = -1
	}
}

// rates returns the mean probability with which each rung exchanges with the next; NaN where none was tried.
func (x *exchange) rates() []float64 {
	out := make([]float64, len(x.count.Swapped))
	for k, s := range x.count.Swapped {
		out[k] = s / float64(x.count.Tried[k])
	}
	return out
}
