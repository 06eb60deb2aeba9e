package exact

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/internal/absent"
	"tweedie/internal/config"
)

// NewGaussianFromPrecision returns N(mean, P^-1) for a positive definite precision P, which it decomposes at O(D^3). An
// eigenvalue of P that is not above 1e-14 of the largest is an error.
func NewGaussianFromPrecision(mean []float64, precision mat.Symmetric) (*Gaussian, error) {
	if absent.Is(precision) {
		return nil, config.Errorf("gaussian", "precision", "it is nil")
	}
	g, err := NewGaussian(mean, precision)
	if e, ok := err.(*config.FieldError); ok && e.Field == "cov" {
		return nil, config.Errorf("gaussian", "precision", "%s; it must be positive definite", e.Problem)
	}
	if err != nil {
		return nil, err
	}
	top := 0.0
	for _, l := range g.lambda {
		top = math.Max(top, l)
	}
	for i, l := range g.lambda {
		if !(l > 1e-14*top) {
			return nil, config.Errorf("gaussian", "precision", "an eigenvalue is %g and the largest %g; it must be positive definite, so that its inverse is a covariance", l, top)
		}
		g.lambda[i] = 1 / l
	}
	return g, nil
}

// Linear returns the law of L x + shift, N(L mu + shift, L S L^T), for L [E,D]; nil shift is none.
func (g *Gaussian) Linear(l mat.Matrix, shift []float64) (*Gaussian, error) {
	e, d := l.Dims()
	if d != g.Dim() || shift != nil && len(shift) != e {
		return nil, config.Errorf("linear", "matrix", "is %d x %d; the prior has %d elements and the shift %d", e, d, g.Dim(), len(shift))
	}
	var ls, lsl mat.Dense
	ls.Mul(l, g.Cov())
	lsl.Mul(&ls, l.T())
	return NewGaussian(g.mapped(l, shift), symmetric(&lsl, mat.NewDiagDense(e, nil)))
}

// mapped returns L mu + shift.
func (g *Gaussian) mapped(l mat.Matrix, shift []float64) []float64 {
	e, d := l.Dims()
	mean := make([]float64, e)
	mat.NewVecDense(e, mean).MulVec(l, mat.NewVecDense(d, g.mean))
	for i, v := range shift {
		mean[i] += v
	}
	return mean
}

// Linear returns the law of L x + shift, a mixture again, for L [E,D]; nil shift is none. Neighbouring components that
// share a covariance share its decomposition.
func (m *Mixture) Linear(l mat.Matrix, shift []float64) (*Mixture, error) {
	out := &Mixture{logw: m.logw, comps: make([]*Gaussian, len(m.comps))}
	for k, g := range m.comps {
		if k > 0 && g.sameCov(m.comps[k-1]) {
			last := out.comps[k-1]
			out.comps[k] = &Gaussian{mean: g.mapped(l, shift), lambda: last.lambda, q: last.q}
			continue
		}
		var err error
		if out.comps[k], err = g.Linear(l, shift); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Increments returns the matrix L [D,D] that makes an image x = L z of its increments z along an axis of a shape
// [C,H,W]: x at place i is z_0 + ... + z_i, so that z_0 is the value at the edge.
func Increments(shape []int, axis int) (*mat.Dense, error) {
	c, h, w, err := planes(shape)
	if err != nil {
		return nil, config.Named("increments", err)
	}
	d, stride := c*h*w, 1
	if axis < 0 || axis >= len(shape) {
		return nil, config.Errorf("increments", "axis", "is %d; it must be one of the axes 0 to %d of %v", axis, len(shape)-1, shape)
	}
	if d > MaxDense {
		return nil, config.Errorf("increments", "shape", "has %d elements; a matrix of %[1]d x %[1]d would be needed, and at most %d x %[2]d is made", d, MaxDense)
	}
	for _, n := range shape[axis+1:] {
		stride *= n
	}
	extent := shape[axis]
	l := mat.NewDense(d, d, nil)
	for i := range d {
		for k := range i/stride%extent + 1 {
			l.Set(i, i-k*stride, 1)
		}
	}
	return l, nil
}
