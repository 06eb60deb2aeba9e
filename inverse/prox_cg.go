package inverse

import (
	"context"

	"tweedie/internal/config"
	"tweedie/rng"
)

// CGConfig says when a conjugate-gradient iteration ends.
type CGConfig struct {
	// Tol is the relative residual ||b - P z||/||b|| to reach.
	Tol float64 `json:"tol"`
	// MaxIter is the largest number of iterations.
	MaxIter int `json:"max_iter"`
}

// DefaultCG asks for a relative residual of 1e-8 within 10000 iterations.
func DefaultCG() CGConfig { return CGConfig{Tol: 1e-8, MaxIter: 10000} }

// Validate names the field that is wrong.
func (c CGConfig) Validate() error {
	k := config.Check("proximal")
	k.Float("cg.tol", c.Tol, config.Positive, config.BelowOne)
	k.Int("cg.max_iter", c.MaxIter, 1, config.MostSteps)
	return k.Err()
}

// CGProximal draws without a matrix, by perturbing the data and optimising (Papandreou and Yuille 2010; Orieux et al.
// 2012). Conjugate gradients, started at x, solve
//
//	P z = A^T S^-1 (y + S^1/2 n1) + (x + eta n2)/eta^2,  n1, n2 ~ N(0, I).
//
// The solution has law N(m, P^-1) exactly, up to the tolerance. With one sigma the condition number is 1 + eta^2
// s_max^2/sigma^2, s_max being the largest singular value of A.
type CGProximal struct {
	*linearGaussian
	cfg CGConfig
	w   []float64 // diagonal of S^-1
	ctx context.Context
}

// NewCGProximal returns a sampler for a linear operator and Gaussian noise; other likelihoods are errors.
func NewCGProximal(lik *Likelihood, c CGConfig) (*CGProximal, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	l, err := newLinearGaussian(lik, "cg", false)
	if err != nil {
		return nil, err
	}
	return &CGProximal{linearGaussian: l, cfg: c, w: l.weights(), ctx: context.Background()}, nil
}

// Until sets the context that ends a draw, as Interruptible says.
func (g *CGProximal) Until(ctx context.Context) { g.ctx = ctx }

// Name returns "cg".
func (g *CGProximal) Name() string { return "cg" }

// Mean sets dst = m, as ExactProximal says. The error is a *ConvergenceError when the tolerance is not reached.
func (g *CGProximal) Mean(dst, x []float64, eta float64) error {
	_, _, err := g.Solve(dst, x, eta, nil)
	return err
}

// Sample draws z ~ N(m, P^-1) into dst from m + n normals of st. It fails as Mean does.
func (g *CGProximal) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	_, _, err := g.Solve(dst, x, eta, st)
	return err
}

// Solve does what Sample does, or Mean when st is nil. It reports the number of iterations, each of one Apply and one
// Adjoint, and the relative residual reached.
func (g *CGProximal) Solve(dst, x []float64, eta float64, st *rng.Stream) (iterations int, residual float64, err error) {
	if err := g.check(dst, x, eta); err != nil {
		return 0, 0, err
	}
	// Both sides are multiplied by eta^2, so that P is the identity on the null space.
	n, m := len(x), len(g.y)
	y, b, aty := make([]float64, m), make([]float64, n), make([]float64, n)
	copy(y, g.y)
	copy(b, x)
	if st != nil {
		for i := range y {
			y[i] += g.noise.At(i) * st.Norm()
		}
		for i := range b {
			b[i] += eta * st.Norm()
		}
	}
	for i, w := range g.w {
		y[i] *= w
	}
	g.op.Adjoint(aty, y)
	for i, v := range aty {
		b[i] += eta * eta * v
	}
	precision := func(dst, z []float64) {
		g.op.Apply(y, z)
		for i, w := range g.w {
			y[i] *= w
		}
		g.op.Adjoint(dst, y)
		for i, v := range z {
			dst[i] = v + eta*eta*dst[i]
		}
	}
	copy(dst, x)
	iterations, residual, err = conjugateGradient(g.ctx, precision, dst, b, g.cfg.Tol, g.cfg.MaxIter)
	if err == nil && residual > g.cfg.Tol {
		err = &ConvergenceError{Op: "proximal: cg: " + g.op.Name(), Iterations: iterations, Residual: residual, Tol: g.cfg.Tol,
			Remedy: "raise cg.max_iter or cg.tol"}
	}
	return iterations, residual, err
}

func init() {
	RegisterProximal("cg", func(lik *Likelihood, c ProximalConfig) (ProximalSampler, error) {
		return sampler(NewCGProximal(lik, c.CG))
	})
}
