package exact

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/internal/absent"
	"tweedie/internal/config"
)

// Gaussian is the prior N(mu, S), S = Q diag(lambda) Q^T, which may be singular:
//
//	D(u, r) = mu + S (S + r^2)^-1 (u - mu),   grad log p(u; r) = -(S + r^2)^-1 (u - mu).
type Gaussian struct {
	mean   []float64
	lambda []float64
	q      []float64 // [D,D] row-major, columns are eigenvectors; nil for the identity
	low    *lowRank  // S in another form, in the place of lambda and q; nil for none
}

// NewGaussian returns N(mean, cov) for a positive semi-definite covariance, which it decomposes into eigenvectors at
// O(D^3). An eigenvalue below zero, by more than 1e-9 of the largest in magnitude, is an error.
func NewGaussian(mean []float64, cov mat.Symmetric) (*Gaussian, error) {
	if absent.Is(cov) {
		return nil, config.Errorf("gaussian", "cov", "it is nil")
	}
	d := cov.SymmetricDim()
	if len(mean) != d {
		return nil, config.Errorf("gaussian", "mean", "%d entries were given for a covariance of order %d", len(mean), d)
	}
	var e mat.EigenSym
	if !e.Factorize(cov, true) {
		return nil, config.Errorf("gaussian", "cov", "its eigen-decomposition did not converge")
	}
	var q mat.Dense
	e.VectorsTo(&q)
	g := &Gaussian{mean: append([]float64(nil), mean...), lambda: e.Values(nil), q: q.RawMatrix().Data}
	if err := g.clip(); err != nil {
		return nil, err
	}
	return g, nil
}

// clip sets eigenvalues to 0 that rounding errors made negative; others below 0 are an error.
func (g *Gaussian) clip() error {
	top := math.Max(slices.Max(g.lambda), -slices.Min(g.lambda))
	for i, l := range g.lambda {
		if !(l >= -1e-9*top && l <= math.MaxFloat64) {
			return config.Errorf("gaussian", "cov", "eigenvalue %g is negative", l)
		}
		g.lambda[i] = math.Max(l, 0)
	}
	return nil
}

// NewDiagonalGaussian returns N(mean, diag(variance)), for which every operation takes O(D). Variances may be 0.
func NewDiagonalGaussian(mean, variance []float64) (*Gaussian, error) {
	if len(mean) != len(variance) || len(mean) == 0 {
		return nil, config.Errorf("gaussian", "variance", "%d entries were given for a mean of %d", len(variance), len(mean))
	}
	for i, v := range variance {
		if !(v >= 0 && v <= math.MaxFloat64) {
			return nil, config.Errorf("gaussian", "variance", "entry %d is %g and must be finite and not negative", i, v)
		}
	}
	return &Gaussian{mean: append([]float64(nil), mean...), lambda: append([]float64(nil), variance...)}, nil
}

// Dim returns D, the number of elements of a sample.
func (g *Gaussian) Dim() int { return len(g.mean) }

// Mean returns a copy of mu.
func (g *Gaussian) Mean() []float64 { return append([]float64(nil), g.mean...) }

// Eigenvalues returns a copy of lambda, the eigenvalues of the covariance, in no particular order.
func (g *Gaussian) Eigenvalues() []float64 { return append([]float64(nil), g.spectral().lambda...) }

// spectral returns g with lambda and q set.
func (g *Gaussian) spectral() *Gaussian {
	if g.low == nil {
		return g
	}
	full, err := NewGaussian(g.mean, g.low.cov())
	if err != nil {
		panic(err) // finite and positive definite by construction
	}
	return full
}

// Cov returns the covariance S.
func (g *Gaussian) Cov() *mat.SymDense {
	if g.low != nil {
		return g.low.cov()
	}
	d := g.Dim()
	s := mat.NewSymDense(d, nil)
	for i := 0; i < d; i++ {
		if g.q == nil {
			s.SetSym(i, i, g.lambda[i])
			continue
		}
		for j := 0; j <= i; j++ {
			sum := 0.0
			for k, l := range g.lambda {
				sum += l * g.q[i*d+k] * g.q[j*d+k]
			}
			s.SetSym(i, j, sum)
		}
	}
	return s
}

// Denoise returns mu + S (S + sigma^2)^-1 (u - mu), [B,...].
func (g *Gaussian) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	c := s.Enter("gaussian")
	x := g.coordinates(c, flat(c, "gaussian", u, sigma, g.Dim()))
	if g.low != nil {
		x = g.low.times(c, g.low.whiten(c, x, sigma))
	} else {
		x = c.Mul(x, g.spectrum(c, sigma, func(l, v float64) float64 {
			if l == 0 {
				return 0
			}
			return l / (l + v)
		}))
	}
	x = c.Add(g.rotateBack(c, x), c.Const64(autodiff.S(1, g.Dim()), g.mean))
	x = c.Reshape(x, u.Shape())
	c.Close(x)
	return x
}

// Score returns -(S + sigma^2)^-1 (u - mu), [B,...].
func (g *Gaussian) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	c := s.Enter("gaussian")
	x := g.coordinates(c, flat(c, "gaussian", u, sigma, g.Dim()))
	if g.low != nil {
		x = c.Neg(g.low.whiten(c, x, sigma))
	} else {
		x = c.Mul(x, g.spectrum(c, sigma, func(l, v float64) float64 { return -1 / (l + v) }))
	}
	x = c.Reshape(g.rotateBack(c, x), u.Shape())
	c.Close(x)
	return x
}

// coordinates returns u - mu in the basis of eigenvectors, Q^T (u - mu), [B,D].
func (g *Gaussian) coordinates(s *autodiff.Scope, u autodiff.Var) autodiff.Var {
	d := g.Dim()
	x := s.Sub(u, s.Const64(autodiff.S(1, d), g.mean))
	if g.q != nil {
		x = s.MatMul(x, s.Const64(autodiff.S(d, d), g.q), false, false)
	}
	return x
}

// rotateBack returns x, given in the basis of eigenvectors, in the basis of samples: Q x, [B,D].
func (g *Gaussian) rotateBack(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	if g.q == nil {
		return x
	}
	d := g.Dim()
	return s.MatMul(x, s.Const64(autodiff.S(d, d), g.q), false, true)
}

// spectrum returns the constant f(lambda_i, sigma_b^2), [B,D].
func (g *Gaussian) spectrum(s *autodiff.Scope, sigma []float64, f func(l, v float64) float64) autodiff.Var {
	d := g.Dim()
	return batch.Fill(s, autodiff.S(len(sigma), d), func(i int) float64 {
		r := sigma[i/d]
		return f(g.lambda[i%d], r*r)
	})
}

// sameCov reports whether g and h share the storage of their covariance.
func (g *Gaussian) sameCov(h *Gaussian) bool {
	if g.low != nil || h.low != nil {
		return g.low == h.low
	}
	return &g.lambda[0] == &h.lambda[0] && (g.q == nil) == (h.q == nil) && (g.q == nil || &g.q[0] == &h.q[0])
}
