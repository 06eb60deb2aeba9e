package diffusion_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/rng"
)

// On N(0, s_d^2) data the zero function under EDM's preconditioning has loss 1, and the exact denoiser has
// E w c sigma^2/(c + sigma^2) = 1/s_d^2 c = 1: with c = s_d^2 the two coincide. N = 20,000 images, 4 standard errors.
func TestEDMLossOfTheZeroNetwork(t *testing.T) {
	l := diffusion.DefaultEDMLoss()
	zero := diffusion.Preconditioned{Prec: diffusion.EDM{SigmaData: l.SigmaData},
		Net: diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, _ []float64) autodiff.Var { return s.Zeros(x.Shape()) })}
	const n = 20000
	x := make([]float64, n)
	rng.New(3).Stream().FillNorm(x)
	for i := range x {
		x[i] *= l.SigmaData
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	got := l.Loss(s, zero, s.Const64(autodiff.S(n, 1), x), rng.New(4)).Scalar()
	if se := math.Sqrt(2.0 / n); math.Abs(got-1) > 4*se {
		t.Errorf("loss %.4f, want 1 with standard error %.4f", got, se)
	}
}
