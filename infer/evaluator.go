package infer

import (
	"context"
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/internal/nonfinite"
)

// Evaluator runs the denoiser of a problem on batches of images, in the units of x, and counts what that costs. It serves
// one goroutine.
type Evaluator struct {
	ctx   context.Context // asked before each evaluation
	prior diffusion.Denoiser
	arena *autodiff.Arena
	shape autodiff.Shape // of one image
	dt    autodiff.DType
	value diffusion.Affine
	sigma []float64
	m     []float64 // a batch in the prior's units

	Evaluations int64 // of the network so far, one per image; a VJP counts as another one
	First       int   // number, among a run's samples, of the first image of a batch; errors name it
}

// NewEvaluator returns an evaluator of the problem's prior. Once ctx has ended, evaluations fail with its error.
func NewEvaluator(ctx context.Context, p *Problem) *Evaluator {
	return &Evaluator{ctx: ctx, prior: p.Prior, arena: autodiff.NewArena(), shape: p.Shape, dt: p.DType, value: p.Affine}
}

// Denoise sets dst = D(u, sigma) = E[x | u = x + sigma n] for the images of u, [B*n], which dst may be: with x = a m +
// b that is a D_m((u-b)/a, sigma/a) + b. It costs one evaluation per image. It returns an error once the context has
// ended, when sigma is not positive or the element type cannot hold sigma or u, and when the denoiser's answer is not
// finite.
func (e *Evaluator) Denoise(dst, u []float64, sigma float64) error {
	return e.evaluate(dst, u, sigma, autodiff.Eval, nil)
}

// DenoiseVJP sets dst = D(u, sigma) as Denoise does, and grad = J^T ct with the Jacobian J = dD/du. Between the two it
// calls cotangent, which writes ct into a zeroed slice and may read D(u, sigma) from x. It counts two evaluations per
// image: the denoiser and the sweep back through it. dst, grad and u must not overlap.
func (e *Evaluator) DenoiseVJP(dst, grad, u []float64, sigma float64, cotangent func(ct, x []float64)) error {
	err := e.evaluate(dst, u, sigma, autodiff.Record, func(s *autodiff.Scope, in, y autodiff.Var) {
		ct := make([]float64, len(dst))
		cotangent(ct, dst)
		c := s.ChildMode(autodiff.Eval)
		var g [1]autodiff.Var
		c.VJPLast([]autodiff.Var{y}, []autodiff.Var{c.Const64(y.Shape(), ct)}, []autodiff.Var{in}, g[:])
		g[0].CopyTo64(grad)
		e.Evaluations += int64(len(e.sigma))
	})
	if err != nil {
		return err
	}
	return nonfinite.Check("the denoiser's gradient", grad, e.First, e.shape.Size())
}

// evaluate sets dst = D(u, sigma), in parts of the batch. Where back is given it evaluates the batch at once, and then calls
// back with the scope, which has the given mode, the prior's input and its output. It is the one place where values pass between the units of x and the prior's, and it
// refuses values that the element type cannot hold and answers that are not finite.
func (e *Evaluator) evaluate(dst, u []float64, sigma float64, mode autodiff.Mode, back func(s *autodiff.Scope, in, y autodiff.Var)) error {
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
	if b == 0 || len(u) != b*d {
		return fmt.Errorf("the denoiser was given %d values; it takes images of shape %v", len(u), e.shape)
	}
	e.m = append(e.m[:0], u...)
	for i, v := range e.m {
		e.m[i] = (v - b0) / a
	}
	if err := nonfinite.Within("what the denoiser was given", e.m, e.First, d, e.dt.Max()); err != nil {
		return err
	}
	part := b
	if back == nil {
		part = max(leastPart, partValues/d)
	}
	for lo := 0; lo < b; lo += part {
		if err := e.evaluatePart(dst, lo, min(lo+part, b), mode, back); err != nil {
			return err
		}
	}
	return nil
}

// Parts of a batch that are evaluated at once: as many images as hold partValues values, at least leastPart. More are not
// faster and take memory in proportion.
const (
	leastPart  = 16
	partValues = 1 << 15
)

// evaluatePart does what evaluate does for the images lo to hi of the batch e.m.
func (e *Evaluator) evaluatePart(dst []float64, lo, hi int, mode autodiff.Mode, back func(s *autodiff.Scope, in, y autodiff.Var)) (err error) {
	if err := e.ctx.Err(); err != nil {
		return err
	}
	d, sigma := e.shape.Size(), e.sigma[lo:hi]
	dst = dst[lo*d : hi*d]
	s := e.arena.Scope(mode, e.dt)
	defer s.Close()
	defer autodiff.Catch(&err)
	s.Freeze()
	in := s.Watch(s.Const64(e.shape.Insert(0, hi-lo), e.m[lo*d:hi*d]))
	y := e.prior.Denoise(s, in, sigma)
	y.CopyTo64(dst)
	for i, v := range dst {
		dst[i] = e.value.ToPhysical(v)
	}
	e.Evaluations += int64(hi - lo)
	if err := nonfinite.Check("the denoiser's answer", dst, e.First+lo, d); err != nil {
		return fmt.Errorf("at noise level %.4g, given values from %.4g to %.4g: %w", sigma[0]*e.value.Unit(), e.value.ToPhysical(slices.Min(e.m)), e.value.ToPhysical(slices.Max(e.m)), err)
	}
	if back != nil {
		back(s, in, y)
	}
	return nil
}

// Noise sets dst = (u - D(u, sigma))/sigma, the noise that the denoiser sees in u. It costs one evaluation per image.
func (e *Evaluator) Noise(dst, u []float64, sigma float64) error {
	if err := e.Denoise(dst, u, sigma); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = (u[i] - dst[i]) / sigma
	}
	return nil
}
