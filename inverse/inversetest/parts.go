package inversetest

import (
	"fmt"
	"iter"
	"math"

	"tweedie/rng"
)

// mostParts is the number of parts into which the entries of a vector are cut at most.
const mostParts = 128

// part is the set of entries first, first + step, first + 2 step ... of a vector of n.
type part struct{ n, first, step int }

// parts cuts n entries into disjoint parts: into single entries when there are few.
func parts(n int) iter.Seq[part] {
	return func(yield func(part) bool) {
		step := min(n, mostParts)
		for first := range step {
			if !yield(part{n, first, step}) {
				return
			}
		}
	}
}

// probe returns a vector of standard normals on the part and zeros elsewhere, or the unit vector of a single entry.
func (p part) probe(st *rng.Stream) []float64 {
	v := make([]float64, p.n)
	if p.n == p.step {
		v[p.first] = 1
		return v
	}
	for i := p.first; i < p.n; i += p.step {
		v[i] = st.Norm()
	}
	return v
}

func (p part) String() string {
	if p.n == p.step {
		return fmt.Sprintf("entry %d", p.first)
	}
	return fmt.Sprintf("entries %d, %d, ...", p.first, p.first+p.step)
}

// worstPart keeps the part with the largest gap; a gap that is NaN is larger than any.
type worstPart struct {
	gap float64
	at  part
}

func (w *worstPart) take(gap float64, at part) {
	if math.IsNaN(gap) || gap > w.gap {
		*w = worstPart{gap, at}
	}
}
