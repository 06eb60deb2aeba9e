package inverse

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/inverse/internal/fft"
	"tweedie/rng"
)

// curvature makes the metric of Langevin steps for a likelihood, from the expected information W of the data (Fisher scoring):
//
//	P = J^T W J + I/eta^2,   J = A'(x)
//
// exactly where J is small or A^T W A is diagonal in pixels; for an operator that is diagonal in Fourier space with the mean of W
// in the place of W; otherwise with the diagonal of J^T W J, estimated from random signs.
type curvature struct {
	lik *Likelihood

	planes   *fft.Planes // of a FourierDiagonal
	transfer []complex128

	once   sync.Once
	matrix *mat.Dense // of a small linear operator
	err    error
}

const (
	mostMetric   = 128  // pixels of a metric with all its entries
	mostRows     = 1024 // and data, of a linear operator; each of another takes a VJP
	mostRowsVJP  = 128
	signs        = 16 // vectors of random signs from which a diagonal is estimated
	simulated    = 16 // measurements from which the information of a noise is estimated, where it does not tell
	mostScorings = 8
)

func newCurvature(lik *Likelihood) *curvature {
	c := &curvature{lik: lik}
	if _, diagonal := lik.Op.(DiagonalGram); !diagonal {
		if planes, h, err := fourierOf(lik.Op); err == nil {
			c.planes, c.transfer = planes, h
		}
	}
	return c
}

// at returns the metric at z for the likelihood to a power.
func (c *curvature) at(z []float64, eta, power float64) (metric, error) {
	base, m := 1/(eta*eta), len(c.lik.Y)
	w := make([]float64, m)
	c.lik.Op.Apply(w, z)
	c.information(w)
	for i, v := range w {
		w[i] = min(max(power*v, 0), math.MaxFloat64/float64(m))
		if math.IsNaN(v) {
			w[i] = 0
		}
	}
	n := len(z)
	linear, isLinear := c.lik.Op.(Linear)
	switch op := c.lik.Op.(type) {
	case DiagonalGram:
		d := make(diagonalMetric, n)
		op.GramDiagonal(d, w)
		for i, v := range d {
			d[i] = 1 / (v + base)
		}
		return d, nil
	default:
		if c.planes != nil {
			return fourierMetric{c.planes, c.transfer, floats.Sum(w) / float64(m), base}, nil
		}
		if n <= mostMetric && (m <= mostRowsVJP || isLinear && m <= mostRows) {
			rows, err := c.rows(z, linear)
			if err != nil {
				return nil, err
			}
			for i, v := range w {
				floats.Scale(math.Sqrt(v), rows.RawRowView(i))
			}
			return newDenseMetric(rows, base)
		}
		return c.estimated(z, w, base), nil
	}
}

// rows returns J.
func (c *curvature) rows(z []float64, linear Linear) (*mat.Dense, error) {
	if linear != nil {
		c.once.Do(func() { c.matrix, c.err = Matrix(linear) })
		if c.err != nil {
			return nil, c.err
		}
		return mat.DenseCopyOf(c.matrix), nil
	}
	m := len(c.lik.Y)
	rows, unit := mat.NewDense(m, len(z), nil), make([]float64, m)
	for i := range m {
		unit[i] = 1
		c.transposed(rows.RawRowView(i), z, unit)
		unit[i] = 0
	}
	return rows, nil
}

// transposed sets dst = J^T v.
func (c *curvature) transposed(dst, z, v []float64) {
	switch op := c.lik.Op.(type) {
	case Linear:
		op.Adjoint(dst, v)
	case Differentiable:
		op.VJP(dst, z, v)
	}
}

// estimated returns the metric of diag(J^T W J) + base I: (J^T W^1/2 s)_i^2 has the mean of entry i for random signs s. Entries are
// drawn towards their mean as far as the estimates differ by chance.
func (c *curvature) estimated(z, w []float64, base float64) metric {
	n := len(z)
	d, s, back := make(diagonalMetric, n), make([]float64, len(w)), make([]float64, n)
	st := rng.New(0).Split("inverse.mala.signs", 0).Stream()
	for range signs {
		st.FillRademacher(s)
		for i, v := range w {
			s[i] *= math.Sqrt(v)
		}
		c.transposed(back, z, s)
		for i, v := range back {
			d[i] += v * v / signs
		}
	}
	mean := floats.Sum(d) / float64(n)
	squares := floats.Dot(d, d) / float64(n)
	// An estimate of entry v has a variance up to 2 v^2/signs.
	chance := 2 * squares / (signs + 2)
	keep := 0.0
	if spread := squares - mean*mean; spread > chance {
		keep = 1 - chance/spread
	}
	for i, v := range d {
		d[i] = 1 / (mean + keep*(v-mean) + base)
	}
	return d
}

// information replaces clean measurements by the expected information of each.
func (c *curvature) information(w []float64) {
	lo, hi := supportOf(c.lik.Noise)
	for i, v := range w {
		w[i] = min(max(v, lo), hi)
	}
	if in, ok := c.lik.Noise.(Informed); ok {
		in.Information(w, w)
		return
	}
	clean, y, sum := append([]float64(nil), w...), make([]float64, len(w)), make([]float64, len(w))
	st := rng.New(0).Split("inverse.mala.information", 0).Stream()
	for range simulated {
		c.lik.Noise.Sample(y, clean, st)
		c.lik.Noise.Residual(y, y, clean)
		for i, v := range y {
			sum[i] += v * v / simulated
		}
	}
	copy(w, sum)
}

// scored returns the metric where Fisher scoring from x comes to: a place that depends on x, y and eta alone, so that a chain with
// this metric keeps its law, and that is near enough to where the chain goes. value returns the energy with its
// gradient.
func (c *curvature) scored(x []float64, eta, power float64, value func(grad, z []float64) float64) (metric, error) {
	n := len(x)
	z, grad, step, next := append([]float64(nil), x...), make([]float64, n), make([]float64, n), make([]float64, n)
	energy := value(grad, z)
	for range mostScorings {
		m, err := c.at(z, eta, power)
		if err != nil {
			return nil, err
		}
		m.times(step, grad)
		// A draw of the law has about n here.
		if g := floats.Dot(step, grad); !(g > float64(n)) || math.IsInf(g, 1) {
			return m, nil
		}
		lower := false
		for h := 1.0; h > 1e-2 && !lower; h /= 2 {
			floats.AddScaledTo(next, z, -h, step)
			e := value(grad, next)
			if lower = e < energy; lower {
				energy = e
				z, next = next, z
			}
		}
		if !lower {
			return m, nil
		}
	}
	return c.at(z, eta, power)
}
