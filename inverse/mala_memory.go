package inverse

import (
	"slices"

	"gonum.org/v1/gonum/stat"
)

// memory adds up how alike neighbouring states of a chain are: f, and each number of z.
type memory struct {
	n                  int
	start, last        []float64 // last and the sums below are those of differences from start
	sum, squares, next []float64
}

// leastSteps is the number of steps of a draw that tell how alike neighbouring ones are.
const leastSteps = 8

// newMemory starts at a state.
func newMemory(p *point) *memory {
	n := len(p.z) + 1
	m := &memory{start: make([]float64, n), last: make([]float64, n), sum: make([]float64, n), squares: make([]float64, n), next: make([]float64, n)}
	copy(m.start, p.z)
	m.start[n-1] = p.f
	return m
}

// take takes up the state after a step.
func (m *memory) take(p *point) {
	add := func(i int, v float64) {
		v -= m.start[i]
		m.sum[i] += v
		m.squares[i] += v * v
		m.next[i] += v * m.last[i]
		m.last[i] = v
	}
	for i, v := range p.z {
		add(i, v)
	}
	add(len(p.z), p.f)
	m.n++
}

// alike returns the autocorrelation of neighbours of number i, corrected for the bias of short chains (Marriott and Pope 1954), with the
// start as the first of n + 1 states; 1 of a number that never moved.
func (m *memory) alike(i int) float64 {
	n := float64(m.n + 1)
	mean := m.sum[i] / n
	variance := m.squares[i] - n*mean*mean
	if !(variance > 1e-12*m.squares[i]) {
		return 1
	}
	// The sum of (v_t - mean)(v_t-1 - mean); the first of the v is 0.
	cov := m.next[i] - mean*(2*m.sum[i]-m.last[i]) + (n-1)*mean*mean
	return (cov/variance + 1/n) / (1 - 3/n)
}

// report adds what was taken up to a report, and returns the autocorrelation of each number of z; nil where there are too few steps.
func (m *memory) report(r *MALAReport) (each []float64) {
	if m.n < leastSteps {
		return nil
	}
	r.Draws = 1
	d := len(m.start) - 1
	each = make([]float64, d)
	for i := range each {
		each[i] = m.alike(i)
		r.Alike[1] += each[i] / float64(d)
	}
	if m.squares[d] > 0 || r.Accepted == 0 { // f may be flat
		r.Alike[0] = m.alike(d)
	}
	return each
}

// slowest returns the mean of the tenth of the values that are largest.
func slowest(values []float64) float64 {
	v := slices.Clone(values)
	slices.Sort(v)
	return stat.Mean(v[len(v)-(len(v)+9)/10:], nil)
}
