package difftest

import (
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/rng"
)

// Denoiser fails t unless d is the denoiser of the density whose logarithm is given. By Tweedie's formula D is u +
// sigma^2 grad log p(u; sigma), to 1e-6, with the gradient by differences; the Score of d, if it has one, is that
// gradient; and the bytes of a sample are the same alone and among others. dim is the number of elements of a sample.
// It is tried at sigma = 0.3, 1 and 3, on points drawn from N(0, I).
func Denoiser(t TB, d diffusion.Denoiser, dim int, logDensity func(x []float64, sigma float64) float64) {
	t.Helper()
	sigma := []float64{.3, 1, 3}
	u := make([]float64, dim*len(sigma))
	rng.New(17).Stream().FillNorm(u)
	all := evaluate(t, d.Denoise, u, sigma)
	if all == nil {
		return
	}
	var scores []float64
	if sc, ok := d.(diffusion.Scorer); ok {
		scores = evaluate(t, sc.Score, u, sigma)
	}
	for b, r := range sigma {
		x := append([]float64(nil), u[b*dim:(b+1)*dim]...)
		alone := evaluate(t, d.Denoise, x, sigma[b:b+1])
		for j, v := range x {
			grad := slope(func(e float64) float64 {
				x[j] = e
				return logDensity(x, r)
			}, v, 3e-3*r)
			x[j] = v
			want := v + r*r*grad
			if got := all[b*dim+j]; !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) {
				t.Errorf("sigma %g: D[%d] = %.9g, Tweedie's formula says %.9g", r, j, got, want)
			}
			if scores != nil && !(math.Abs(scores[b*dim+j]-grad) <= 1e-6*(1+math.Abs(grad))) {
				t.Errorf("sigma %g: score[%d] = %.9g, the density says %.9g", r, j, scores[b*dim+j], grad)
			}
			if alone != nil && alone[j] != all[b*dim+j] {
				t.Errorf("sigma %g: D[%d] alone is %v, in a batch %v", r, j, alone[j], all[b*dim+j])
			}
		}
	}
}

// evaluate returns f of u [B,D] in float64, or reports that it panicked and returns nil.
func evaluate(t TB, f func(*autodiff.Scope, autodiff.Var, []float64) autodiff.Var, u, sigma []float64) []float64 {
	t.Helper()
	var err error
	y := make([]float64, len(u))
	func() {
		defer autodiff.Catch(&err)
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		defer s.Close()
		f(s, s.Const64(autodiff.S(len(sigma), len(u)/len(sigma)), u), sigma).CopyTo64(y)
	}()
	if err != nil {
		t.Errorf("evaluating the denoiser: %v", err)
		return nil
	}
	return y
}
