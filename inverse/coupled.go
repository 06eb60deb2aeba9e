package inverse

import (
	"fmt"

	"tweedie/internal/config"
	"tweedie/rng"
)

// Coupled is a linear likelihood with Gaussian noise, y = A x + N(0, S), beside an image z ~ N(x, eta^2 I) that is tied
// to x. With B = S^-1/2 A = U diag(g) V^T, it draws z given x and y, and scores x under the law that the pair of draws
// z|x,y and x|z leaves invariant:
//
//	plain      z has noise S                                          S_E = S^1/2 U (1 + eta^2 g^2) U^T S^1/2
//	deflated   z has noise S' = S^1/2 U max(1 - eta^2 g^2, 0) U^T S^1/2   S_E = S^1/2 U max(1, eta^2 g^2) U^T S^1/2
//
// The invariant law of x is p(x) N(y; A x, S_E). Deflated, this is the posterior itself at every eta <= 1/Top(). Several
// goroutines may use a Coupled at once, each with its own stream; draws depend on their arguments alone.
type Coupled interface {
	// Name says by what means it draws; Sample and Mean are plain.
	ExactProximal
	// SampleDeflated sets dst to z. In the singular basis, with c = V^T x, d = U^T S^-1/2 y, s' = max(1 - eta^2 g^2, 0)
	// and D = max(1, eta^2 g^2), it is N(eta^2 g d/D + s' c, eta^2 s'), which is d/g where s' is 0. The error says when
	// eta is above MostDeflated.
	SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error
	// MostDeflated returns the largest eta of SampleDeflated: +Inf, or a number just below 1/Top() without a factor.
	MostDeflated() float64
	// Residual returns what y - A x says about x at every eta. It costs about one Apply, or one Lanczos iteration.
	Residual(x []float64) (Residual, error)
	// Complete tells whether LogLik at eta has every constant. Without a factor it lacks log det S_E - log det S, which is
	// the same for all x, wherever that is not 0.
	Complete(eta float64, deflated bool) bool
	// Gains returns g in descending order, min(m,n) numbers, or nil without a factor. The caller must not write to it.
	Gains() []float64
	// Top returns the largest of g, or without a factor a number just above it.
	Top() float64
	// Unseen returns the number of directions of an image with g at most 1e-8 Top(). Without a factor it is max(n-m, 0),
	// which they are at least.
	Unseen() int
}

// Residual is the residual y - A x of one image.
type Residual interface {
	// LogLik returns log N(y; A x, S_E) in nats for the S_E that belongs to plain or deflated draws at eta, up to what
	// Coupled.Complete says. At eta = 0 it is log p(y|x). It costs a few operations for each entry of y. It is NaN
	// for deflated draws without a factor above MostDeflated.
	LogLik(eta float64, deflated bool) float64
}

// NewCoupled returns lik as the config asks for. The method auto takes the first that applies of mask, fourier, svd,
// rows (A A^T is diagonal), factor (a singular value decomposition of the matrix, when min(m,n) is at most twice
// c.Dense) and cg, which needs A and A^T alone. Of the methods of NewProximal, dense stands for factor, fourier and svd
// for what auto takes after them where each datum has a sigma of its own, and a registered one serves when its samplers
// are Coupled. The error says what lik or an explicit choice lacks.
func NewCoupled(lik *Likelihood, c ProximalConfig) (Coupled, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	l, err := newLinearGaussian(lik, "a coupled likelihood", false)
	if err != nil {
		return nil, err
	}
	method := c.Method
	if method == auto {
		method = l.choose()
	}
	switch method {
	case "mask":
		return coupled(newCoupledMask(lik))
	case "fourier":
		if l.uniform() {
			return coupled(newCoupledFourier(lik))
		}
		if _, _, err := fourierOf(lik.Op); err != nil {
			return nil, fmt.Errorf("proximal: %w", err)
		}
		return withoutBasis(l, lik, c)
	case "svd":
		if l.uniform() {
			return coupled(newCoupledSVD(lik))
		}
		if _, err := svdOf(lik.Op); err != nil {
			return nil, err
		}
		return withoutBasis(l, lik, c)
	case "dense":
		return coupled(newFactor(l))
	case "cg":
		return coupled(newMatrixFree(lik, c.CG))
	case "":
		return withoutBasis(l, lik, c)
	}
	s, err := NewProximal(lik, c)
	if err != nil {
		return nil, err
	}
	if d, ok := s.(Coupled); ok {
		return d, nil
	}
	return nil, config.Errorf("proximal", "method", "%s draws without the singular values that deflation needs; auto, mask, fourier, svd, dense and cg have them", method)
}

// choose returns the method whose closed form applies, or nothing.
func (l *linearGaussian) choose() string {
	if _, ok := l.op.(DiagonalGram); ok {
		return "mask"
	}
	if !l.uniform() {
		return ""
	}
	if _, ok := l.op.(FourierDiagonal); ok {
		return "fourier"
	}
	if _, ok := l.op.(*FactoredDense); ok {
		return "" // a factor costs less than all singular vectors
	}
	if _, ok := l.op.(SVD); ok {
		return "svd"
	}
	return ""
}

// withoutBasis returns what serves a likelihood without singular vectors in closed form.
func withoutBasis(l *linearGaussian, lik *Likelihood, c ProximalConfig) (Coupled, error) {
	if k, ok := rowGram(l.op); ok {
		return coupled(newRows(l, k))
	}
	m, n := len(l.y), len(l.info)
	if min(m, n) <= 2*c.Dense && n <= largestDense/m {
		return coupled(newFactor(l))
	}
	return coupled(newMatrixFree(lik, c.CG))
}

// coupled returns c, or nil in place of a nil pointer where there is an error.
func coupled[C Coupled](c C, err error) (Coupled, error) {
	if err != nil {
		return nil, err
	}
	return c, nil
}
