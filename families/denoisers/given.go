package denoisers

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/rng"
)

// Given holds data x_m = A x of a linear measurement A whose rows are orthogonal and of one length, A A^T = c I: the
// projector on the row space is P = A^T A/c, and P x = A^T x_m/c. Subsampled pixels (c = 1) and means of blocks of n
// pixels (c = 1/n) are of this kind. It has memory of its own and serves one Sample at a time.
type Given struct {
	m    autodiff.LinearMapper
	c    float64
	data []float64 // P x
	rows []float64
	work []float64
}

// NewGiven returns the data y of the measurement m. It returns an error when the lengths do not fit, or when the rows
// are not orthogonal and of one length, which it tries on a random vector.
func NewGiven(m autodiff.LinearMapper, y []float64) (*Given, error) {
	n, k := m.InShape().Size(), m.OutShape().Size()
	if len(y) != k || k == 0 {
		return nil, fmt.Errorf("denoisers: %d values were given for a measurement %v", len(y), m.OutShape())
	}
	g := &Given{m: m, data: make([]float64, n), rows: make([]float64, k), work: make([]float64, n)}
	probe := make([]float64, k)
	rng.New(0).Stream().FillNorm(probe)
	m.Adjoint(g.work, probe)
	m.Apply(g.rows, g.work)
	for i, v := range probe {
		g.c += v * g.rows[i] / float64(k)
	}
	norm := 0.0
	for _, v := range probe {
		norm += v * v / float64(k)
	}
	g.c /= norm
	for i, v := range probe {
		if !(g.c > 0) || !(math.Abs(g.rows[i]-g.c*v) <= 1e-6*g.c*(1+math.Abs(v))) {
			return nil, fmt.Errorf("denoisers: the rows of the measurement are not orthogonal and of one length: A A^T is no multiple of the identity")
		}
	}
	m.Adjoint(g.data, y)
	for i := range g.data {
		g.data[i] /= g.c
	}
	return g, nil
}

// replace sets d to d - P d + (P y - P x) = d + P (y - d) - P x.
func (g *Given) replace(d, y []float64) {
	for i, v := range d {
		g.work[i] = y[i] - v
	}
	g.m.Apply(g.rows, g.work)
	g.m.Adjoint(g.work, g.rows)
	for i, v := range g.work {
		d[i] += v/g.c - g.data[i]
	}
}
