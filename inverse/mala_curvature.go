package inverse

import (
	"math"
	"math/cmplx"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"tweedie/inverse/internal/fft"
	"tweedie/rng"
)

// curvature makes the metric of Langevin steps for a likelihood, from the expected information W of the data (Fisher scoring):
//
//	P = J^T W J + I/eta^2,   J = A'(x)
//
// exactly where J is small or A^T W A is diagonal in pixels; for an operator that is diagonal in Fourier space as S Q S, where Q is P
// for the mean of W and the diagonal S gives the product the diagonal of P, which is exact for an even W and for a kernel of
// one pixel; otherwise with the diagonal of J^T W J, estimated from random signs.
type curvature struct {
	lik *Likelihood

	planes   *fft.Planes // of a FourierDiagonal
	transfer []complex128
	squares  []complex128 // transfer function of the squares of its kernel

	once   sync.Once
	matrix *mat.Dense // of a small linear operator
	err    error
}

const (
	mostMetric   = 128  // pixels of a metric with all its entries
	mostRows     = 1024 // and data, of a linear operator; each of another takes a VJP
	mostRowsVJP  = 128
	signs        = 16 // vectors of random signs from which a diagonal is estimated
	mostScorings = 8
)

func newCurvature(lik *Likelihood) *curvature {
	c := &curvature{lik: lik}
	if _, diagonal := lik.Op.(DiagonalGram); !diagonal {
		if planes, h, err := fourierOf(lik.Op); err == nil {
			c.planes, c.transfer, c.squares = planes, h, squaresOf(planes, h)
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
			return c.fourier(w, base), nil
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

// squaresOf returns the transfer function of the squares of a kernel with the transfer function h.
func squaresOf(planes *fft.Planes, h []complex128) []complex128 {
	n := planes.H * planes.W
	kernel, out := make([]float64, len(h)), make([]complex128, len(h))
	for lo := 0; lo < len(h); lo += n {
		kernel[lo] = 1
	}
	planes.Filter(kernel, kernel, func(c, k int) complex128 { return h[c*n+k] })
	floats.Mul(kernel, kernel)
	p := planes.Get()
	defer planes.Put(p)
	for lo := 0; lo < len(h); lo += n {
		p.Load(kernel[lo : lo+n])
		p.Forward()
		copy(out[lo:], p.Z)
	}
	return out
}

// fourier returns the metric of an operator that is diagonal in Fourier space.
func (c *curvature) fourier(w []float64, base float64) metric {
	n := c.planes.H * c.planes.W
	d := make([]float64, len(w))
	c.planes.Filter(d, w, func(ch, k int) complex128 { return cmplx.Conj(c.squares[(ch*n+k)%len(c.squares)]) })
	mean := floats.Sum(w) / float64(len(w))
	even := 0.0 // diagonal of Q, mean of channels
	for _, h := range c.transfer {
		even += (real(h)*real(h) + imag(h)*imag(h)) / float64(len(c.transfer))
	}
	even = even*mean + base
	for i, v := range d {
		d[i] = math.Sqrt(even / (max(v, 0) + base))
	}
	return fourierMetric{c.planes, c.transfer, mean, base, d}
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

// estimated returns the metric of diag(J^T W J) + base I: (J^T W^1/2 s)_i^2 has the mean of entry i for random signs s. The
// logarithms are drawn towards their mean as far as they differ by chance.
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
	for i, v := range d {
		d[i] = math.Log(v + base)
	}
	// The logarithm of chi^2 with k degrees of freedom has a variance of about 2/k.
	mean, variance := stat.MeanVariance(d, nil)
	keep := max(0, 1-2./signs/variance)
	if n < 2 || !(variance > 0) {
		keep = 0
	}
	for i, v := range d {
		d[i] = math.Exp(-mean - keep*(v-mean))
	}
	return d
}

// information replaces clean measurements by the expected information of each. Near a bound of the support, where the law of z
// may be highest but has its mass further in, it is that of a place as far in as a deviation.
func (c *curvature) information(w []float64) {
	lo, hi := supportOf(c.lik.Noise)
	if math.IsInf(lo, -1) && math.IsInf(hi, 1) {
		expected(c.lik.Noise, w, w)
		return
	}
	clean := append([]float64(nil), w...)
	for i, v := range clean {
		clean[i] = min(max(v, lo), hi)
		w[i] = clean[i]
	}
	rounds := fromBounds
	if _, told := c.lik.Noise.(Informed); !told {
		rounds = 1
	}
	for range rounds {
		expected(c.lik.Noise, w, w)
		for i, v := range w {
			far := min(1/math.Sqrt(v), (hi-lo)/2)
			if math.IsNaN(far) || math.IsInf(far, 0) {
				far = 0
			}
			if w[i] = clean[i] + far; clean[i]-lo > hi-clean[i] {
				w[i] = clean[i] - far
			}
		}
	}
	expected(c.lik.Noise, w, w)
}

// fromBounds is the number of times that a place as far as a deviation from a bound is sought; each halves the error of its logarithm.
const fromBounds = 6

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
