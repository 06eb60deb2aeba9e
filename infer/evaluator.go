package infer

import (
	"context"
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/internal/nonfinite"
)

// evaluator runs a denoiser on batches of images that live on the host. It serves one goroutine.
type evaluator struct {
	ctx   context.Context // asked before each evaluation
	prior diffusion.Denoiser
	arena *autodiff.Arena
	shape autodiff.Shape // of one image
	dt    autodiff.DType
	value diffusion.Affine
	sigma []float64
	m     []float64 // a batch in the prior's units
	count int64     // evaluations and VJPs, one per image
	first int       // number of the first image among a run's samples, for errors
}

func newEvaluator(ctx context.Context, p *Problem) *evaluator {
	return &evaluator{ctx: ctx, prior: p.Prior, arena: autodiff.NewArena(), shape: p.Shape, dt: p.DType, value: p.Affine}
}

// denoise sets dst = D(u, sigma) for the images of u, [B*n]: with x = a m + b that is a D_m((u-b)/a, sigma/a) + b.
func (e *evaluator) denoise(dst, u []float64, sigma float64) error {
	return e.evaluate(dst, u, sigma, autodiff.Eval, nil)
}

// denoiseVJP sets dst as denoise does, has cotangent write ct for the images in dst, and sets grad = J^T ct with
// J = dD/du, which is the same in either units. It counts two evaluations an image.
func (e *evaluator) denoiseVJP(dst, grad, u []float64, sigma float64, cotangent func(ct, x []float64)) error {
	err := e.evaluate(dst, u, sigma, autodiff.Record, func(s *autodiff.Scope, in, y autodiff.Var) {
		ct := make([]float64, len(dst))
		cotangent(ct, dst)
		c := s.ChildMode(autodiff.Eval)
		var g [1]autodiff.Var
		c.VJPLast([]autodiff.Var{y}, []autodiff.Var{c.Const64(y.Shape(), ct)}, []autodiff.Var{in}, g[:])
		g[0].CopyTo64(grad)
		e.count += int64(len(e.sigma))
	})
	if err != nil {
		return err
	}
	return nonfinite.Check("the denoiser's gradient", grad, e.first, e.shape.Size())
}

// evaluate sets dst = D(u, sigma) on a scope of the given mode and then calls back, unless it is nil, with the scope, the
// prior's input and its output. It is the one place where values pass between the units of x and the prior's, and it
// refuses values that the element type cannot hold and answers that are not finite.
func (e *evaluator) evaluate(dst, u []float64, sigma float64, mode autodiff.Mode, back func(s *autodiff.Scope, in, y autodiff.Var)) (err error) {
	if err := e.ctx.Err(); err != nil {
		return err
	}
	b := len(u) / e.shape.Size()
	if len(e.sigma) != b {
		e.sigma = make([]float64, b)
	}
	a, b0, d := e.value.Unit(), e.value.Shift, e.shape.Size()
	for i := range e.sigma {
		e.sigma[i] = sigma / a
	}
	if !(sigma > 0 && sigma/a <= e.dt.Max()) {
		return fmt.Errorf("the denoiser was asked for noise level %v; it must be positive and at most %.4g", sigma, e.dt.Max()*a)
	}
	e.m = append(e.m[:0], u...)
	for i, v := range e.m {
		e.m[i] = (v - b0) / a
	}
	if err := nonfinite.Within("what the denoiser was given", e.m, e.first, d, e.dt.Max()); err != nil {
		return err
	}
	s := e.arena.Scope(mode, e.dt)
	defer s.Close()
	defer autodiff.Catch(&err)
	s.Freeze()
	in := s.Watch(s.Const64(e.shape.Insert(0, b), e.m))
	y := e.prior.Denoise(s, in, e.sigma)
	y.CopyTo64(dst)
	for i, v := range dst {
		dst[i] = a*v + b0
	}
	e.count += int64(b)
	if err := nonfinite.Check("the denoiser's answer", dst, e.first, d); err != nil {
		return fmt.Errorf("at noise level %.4g, given values from %.4g to %.4g: %w", sigma, e.value.ToPhysical(slices.Min(e.m)), e.value.ToPhysical(slices.Max(e.m)), err)
	}
	if back != nil {
		back(s, in, y)
	}
	return nil
}

// noise sets dst = (u - D(u, sigma))/sigma, the noise that the denoiser sees in u.
func (e *evaluator) noise(dst, u []float64, sigma float64) error {
	if err := e.denoise(dst, u, sigma); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = (u[i] - dst[i]) / sigma
	}
	return nil
}
