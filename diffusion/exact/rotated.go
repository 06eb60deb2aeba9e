package exact

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/rng"
)

// Rotated is the prior of x = Q z, with z of any prior and Q orthonormal, as for independent coefficients of cosines or
// wavelets. Noise is the same in both coordinates, so
//
//	D_x(u, r) = Q D_z(Q^T u, r),   log p_x(u; r) = log p_z(Q^T u; r).
type Rotated struct {
	of Distribution
	b  *Basis
}

// NewRotated returns the prior of images whose coefficients in a basis are of a prior.
func NewRotated(coefficients Distribution, b *Basis) (*Rotated, error) {
	if absent.Is(coefficients) || b == nil {
		return nil, config.Errorf("rotated", "basis", "the prior or the basis is nil")
	}
	if coefficients.Dim() != b.Dim() {
		return nil, config.Errorf("rotated", "basis", "is of %d elements and the prior of %d", b.Dim(), coefficients.Dim())
	}
	return &Rotated{coefficients, b}, nil
}

// Coefficients returns the prior of z.
func (p *Rotated) Coefficients() Distribution { return p.of }

// Dim returns D, the number of elements of a sample.
func (p *Rotated) Dim() int { return p.of.Dim() }

// Mean returns Q E z.
func (p *Rotated) Mean() []float64 {
	mean := p.of.Mean()
	p.b.host(mean, true)
	return mean
}

// Cov returns Q Cov(z) Q^T, at O(D^2 (H + W)).
func (p *Rotated) Cov() *mat.SymDense {
	d := p.Dim()
	m := mat.DenseCopyOf(p.of.Cov())
	for range 2 { // the columns, and then those of the transpose
		t := mat.DenseCopyOf(m.T())
		for i := range d {
			p.b.host(t.RawRowView(i), true)
		}
		m = t
	}
	return symmetric(m, mat.NewDiagDense(d, nil))
}

// LogDensity returns log p_z(Q^T x; sigma) in nats.
func (p *Rotated) LogDensity(x []float64, sigma float64) float64 {
	checkHost("rotated", x, p.Dim())
	z := slices.Clone(x)
	p.b.host(z, false)
	return p.of.LogDensity(z, sigma)
}

// Sample draws z, and sets dst to Q z.
func (p *Rotated) Sample(dst []float64, st *rng.Stream) {
	p.of.Sample(dst, st)
	p.b.host(dst, true)
}

// Denoise returns Q D_z(Q^T u, sigma), [B,...].
func (p *Rotated) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return p.apply(s, u, sigma, p.of.Denoise)
}

// Score returns Q times the score of z at Q^T u, [B,...].
func (p *Rotated) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return p.apply(s, u, sigma, p.of.Score)
}

func (p *Rotated) apply(s *autodiff.Scope, u autodiff.Var, sigma []float64, f func(*autodiff.Scope, autodiff.Var, []float64) autodiff.Var) autodiff.Var {
	c := s.Enter("rotated")
	z := p.b.analyse(c, flat(c, "rotated", u, sigma, p.Dim()), false)
	y := c.Reshape(p.b.analyse(c, f(c, z, sigma), true), u.Shape())
	c.Close(y)
	return y
}
