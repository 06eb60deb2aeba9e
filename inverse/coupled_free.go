package inverse

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// matrixFree is a CGProximal with deflated draws below 1/Top, by A and A^T alone:
//
//	z = x + eta^2 B^T (S^-1/2 y - B x) + eta q(eta^2 B^T B) n,
//
// where q is a Chebyshev interpolant of sqrt(1-t) on the spectrum.
type matrixFree struct {
	*CGProximal
	top float64
}

func newMatrixFree(lik *Likelihood, c CGConfig) (*matrixFree, error) {
	p, err := NewCGProximal(lik, c)
	if err != nil {
		return nil, err
	}
	f := &matrixFree{CGProximal: p}
	f.top = top(len(p.y), f.outer())
	if !(f.top <= math.Sqrt(math.MaxFloat64)) {
		return nil, fmt.Errorf("proximal: %s: the largest singular value of A/sigma is %.4g, too large to compute with", p.op.Name(), f.top)
	}
	return f, nil
}

// outer returns the product with B B^T. It serves one goroutine.
func (f *matrixFree) outer() func(dst, v []float64) {
	x := make([]float64, len(f.info))
	return func(dst, v []float64) {
		copy(dst, v)
		f.op.Adjoint(x, f.whitened(dst))
		f.op.Apply(dst, x)
		f.whitened(dst)
	}
}

// Gains returns nil.
func (f *matrixFree) Gains() []float64 { return nil }

// Top returns a number that is at least the largest g, and at most a hundredth above it.
func (f *matrixFree) Top() float64 { return f.top }

// Unseen returns max(n-m, 0).
func (f *matrixFree) Unseen() int { return max(len(f.info)-len(f.y), 0) }

// MostDeflated returns .995/Top.
func (f *matrixFree) MostDeflated() float64 { return .995 / f.top }

// Complete is true where S_E is S.
func (f *matrixFree) Complete(eta float64, deflated bool) bool {
	return eta == 0 || f.top == 0 || deflated && eta <= f.MostDeflated()
}

// SampleDeflated draws z from n normals of st.
func (f *matrixFree) SampleDeflated(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := f.check(dst, x, eta); err != nil {
		return err
	}
	if eta > f.MostDeflated() {
		return fmt.Errorf("proximal: eta = %.4g is above %.4g, the most for deflated draws of %s by A and A^T alone; "+
			"a factor, which dense makes, has no bound", eta, f.MostDeflated(), f.op.Name())
	}
	noise := make([]float64, len(x))
	st.FillNorm(noise)
	r, gram := make([]float64, len(f.y)), f.inner()
	c := eta * f.top
	rootOf(c*c).apply(dst, noise, func(dst, v []float64) {
		gram(dst, v)
		floats.Scale(eta*eta, dst)
	})
	f.op.Apply(r, x)
	floats.SubTo(r, f.y, r)
	floats.Mul(r, f.w)
	f.op.Adjoint(noise, r)
	for i, v := range noise {
		dst[i] = x[i] + eta*eta*v + eta*dst[i]
	}
	return f.ctx.Err()
}

// inner returns the product with B^T B. It serves one goroutine.
func (f *matrixFree) inner() func(dst, v []float64) {
	y := make([]float64, len(f.y))
	return func(dst, v []float64) {
		f.op.Apply(y, v)
		floats.Mul(y, f.w)
		f.op.Adjoint(dst, y)
	}
}

// Residual runs one Lanczos iteration on B B^T from S^-1/2 (y - A x), which serves every eta: it ends when the quadratic
// form at eta = 50/Top is settled to 1e-9. Below that eta it is more accurate, and above less. The error is a *ConvergenceError after 1000 steps.
func (f *matrixFree) Residual(x []float64) (Residual, error) {
	if err := f.checkImage(x); err != nil {
		return nil, err
	}
	r := make([]float64, len(f.y))
	f.op.Apply(r, x)
	floats.SubTo(r, f.y, r)
	f.whitened(r)
	size := floats.Dot(r, r)
	if !(size > 0 && size <= math.MaxFloat64) || f.top == 0 {
		return lanczosResidual{f, size, &tridiagonal{diag: []float64{0}}}, nil
	}
	hardest := resolvent{e: 2500 / (f.top * f.top)}
	const steps, tol = 1000, 1e-9
	t := lanczos(f.outer(), r, steps, func(t *tridiagonal) bool {
		hardest.add(t, len(t.diag)-1)
		return hardest.term <= tol*hardest.sum || f.ctx.Err() != nil
	})
	if err := f.ctx.Err(); err != nil {
		return nil, err
	}
	if len(t.diag) == steps && steps < len(r) && hardest.term > tol*hardest.sum {
		return nil, &ConvergenceError{Op: "proximal: residual: " + f.op.Name(), Iterations: steps, Residual: hardest.term / hardest.sum, Tol: tol,
			Remedy: "the method dense needs no iterations"}
	}
	return lanczosResidual{f, size, t}, nil
}

// lanczosResidual is a residual of squared norm size whose law in g^2 is that of T at its first unit vector.
type lanczosResidual struct {
	*matrixFree
	size float64
	t    *tridiagonal
}

// LogLik returns -r^T (I + eta^2 B B^T)^-1 r/2, or -r^T r/2 for deflated draws, and the normalisation of N(0, S).
func (r lanczosResidual) LogLik(eta float64, deflated bool) float64 {
	switch {
	case !deflated:
		return r.normalisation() - r.size*r.t.resolvent(eta*eta)/2
	case eta <= r.MostDeflated():
		return r.normalisation() - r.size/2
	}
	return math.NaN()
}
