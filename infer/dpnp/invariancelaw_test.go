package dpnp

import (
	"context"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/rng"
)

// Draws of N(0, 1), noised to eta = .4 and denoised by the prior N(0, .9^2), have the variance .942489; N = 100,000, 4
// standard errors.
func TestOnePassOfAWrongDenoiser(t *testing.T) {
	const n, eta = 100_000, .4
	e := infer.NewEvaluator(context.Background(), &infer.Problem{Prior: cases.Isotropic(0, .81), Shape: autodiff.S(n), DType: autodiff.F64})
	x := make([]float64, n)
	st := rng.New(8).Stream()
	for i := range x {
		x[i] = math.Hypot(1, eta) * st.Norm()
	}
	if err := (DDSDDIM{Steps: 32, Heun: true}).Draw(e, x, eta, []*rng.Stream{st}); err != nil {
		t.Fatal(err)
	}
	_, _, v, se := cases.PixelMoments(x)
	near(t, "the variance", v, .942489, 4*se)
}

// The test of invariance sees a denoiser of N(0, .9^2) beside draws of N(0, 1), and passes one of N(0, 1): 64 pixels, 256
// draws, each datum sees one pixel with a noise of .05.
func TestInvarianceSeesAWrongDenoiser(t *testing.T) {
	run := func(deviation float64, seed uint64) (*smc, infer.Verdict) {
		y := make([]float64, 64)
		rng.New(seed).Split("data", 0).Stream().FillNorm(y)
		op := inverse.NewIdentity(autodiff.S(1, 8, 8))
		p := cases.Problem(cases.Isotropic(0, deviation*deviation), op, .05, y)
		p.Std = 1
		m := Default()
		m.Mode, m.Tolerance, m.Steps = SMCMode, .002, 0
		e, err := newEngine(context.Background(), m, p, infer.Run{Samples: 64, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		e.pool = make([]float64, mostTested*64)
		rng.New(seed).Split("draws", 0).Stream().FillNorm(e.pool)
		if err := e.plan(); err != nil {
			t.Fatal(err)
		}
		s, err := e.newSMC()
		if err != nil {
			t.Fatal(err)
		}
		s.etas = []float64{.8, .4, .2, .1}
		if err := s.testInvariance(); err != nil {
			t.Fatal(err)
		}
		res := &infer.Result{}
		s.test.judge(res)
		return s, res.Verdicts[0]
	}
	for seed := range uint64(5) {
		if s, v := run(1, seed); v.State != infer.Passed {
			t.Errorf("seed %d: the right denoiser fails: %s %.2f, drift %.3g", seed, v.Name, v.Value, s.test.drift)
		}
		s, v := run(.9, seed)
		t.Logf("seed %d: wrong denoiser: %s %.1f, limits %v, drift %.3g nats", seed, v.Name, v.Value, v.Limits, s.test.drift)
		if v.State != infer.Failed || s.test.drift < .1 {
			t.Errorf("seed %d: the wrong denoiser passes: %s %.2f, drift %.3g", seed, v.Name, v.Value, s.test.drift)
		}
	}
}
