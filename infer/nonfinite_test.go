package infer_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/dpi"
	"tweedie/infer/dpnp"
	"tweedie/infer/internal/cases"
	"tweedie/infer/reddiff"
	"tweedie/inverse"
	"tweedie/rng"
)

// fragile is the denoiser of N(0, I), which gives NaN below a noise level.
func fragile(below float64) diffusion.Denoiser {
	return diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
		gain := 1 / (1 + sigma[0]*sigma[0])
		if sigma[0] < below {
			gain = math.NaN()
		}
		return s.Affine(u, gain, 0)
	})
}

// drawn is a denoiser whose prior draws from itself.
type drawn struct{ diffusion.Denoiser }

func (drawn) Sample(dst []float64, st *rng.Stream) { st.FillNorm(dst) }

// Every method stops at the first value that is not finite, names the place, and leaves no state behind.
func TestFirstBadValueIsNamed(t *testing.T) {
	gibbs, wide, graded := quickDPnP(), quickDPnP(), quickDPnP()
	wide.EtaMax = 1e300
	short := dpnp.Default()
	short.Mode, short.Rounds = dpnp.ChainsMode, 4
	graded.Levels = []float64{-1}
	vi := dpi.Default()
	vi.Family.Kind, vi.Steps, vi.Batch, vi.Check = "diagonal", 4, 2, 2
	heavy := reddiff.Default()
	heavy.Obs, heavy.Zeros = 1e18, true
	op := inverse.NewIdentity(autodiff.S(1, 1, 3))
	for _, c := range []struct {
		what  string
		m     infer.Method
		prior diffusion.Denoiser
		y     float64
		dt    autodiff.DType
		want  []string
	}{
		{"denoiser", gibbs, fragile(.3), 0, autodiff.F32, []string{"dpnp: round 1 of 4, eta 0.4: denoising half: at noise level 0.", "the denoiser's answer is NaN in pixel 0 of sample 0"}},
		{"denoiser", dpnp.Default(), fragile(.3), 0, autodiff.F32, []string{"dpnp: a draw of the prior: at noise level 0.2", "the denoiser's answer is NaN in pixel 0 of sample 0"}},
		{"denoiser", short, drawn{fragile(.3)}, 0, autodiff.F32, []string{"dpnp: round 1 of 4, eta", "denoising half: at noise level 0.", "the denoiser's answer is NaN in pixel 0 of sample 0"}},
		{"large y in smc", dpnp.Default(), fragile(0), 1e39, autodiff.F32, []string{"dpnp: level 1, eta 0.09, round 1 of 4: denoising half: what the denoiser was given is 8.1e+38 in pixel 0 of sample 0, too large"}},
		{"large y", gibbs, fragile(0), 1e39, autodiff.F32, []string{"dpnp: round 1", "denoising half: what the denoiser was given is 1e+39 in pixel 0 of sample 0, too large", "the most is 3.403e+38"}},
		{"eta_max", wide, fragile(0), 0, autodiff.F32, []string{"eta"}},
		{"levels", graded, fragile(0), 0, autodiff.F32, []string{"level"}},
		{"denoiser", reddiff.Default(), fragile(1), 0, autodiff.F32, []string{"red-diff: step", "of 50: at noise level", "the denoiser's answer is NaN in pixel 0 of sample 0"}},
		{"obs_weight", heavy, fragile(0), 1e150, autodiff.F64, []string{"red-diff: step", "the gradient is", "too large to compute with"}},
		{"denoiser", vi, fragile(100), 0, autodiff.F32, []string{"dpi: train: step 1, micro-batch 0: log p(x): "}},
		{"large y", vi, fragile(0), 1e200, autodiff.F32, []string{"dpi: train: step 1, micro-batch 0: log p(y|x) is -Inf in sample 0"}},
		{"gradient", vi, fragile(0), 1e100, autodiff.F32, []string{"dpi: train: step 1, micro-batch 0: the gradient of log p(x, y) is -", "in pixel 0 of sample 0, too large"}},
	} {
		p := cases.Problem(c.prior, op, .1, []float64{c.y, 0, 0})
		p.DType = c.dt
		run := infer.Run{Samples: 2, Seed: 1}
		if c.m.Name() != "red-diff" && c.prior != nil && c.what != "denoiser" && c.what != "large y in smc" { // that state is of the level before
			run.State = filepath.Join(t.TempDir(), "state")
		}
		res, err := c.m.Solve(context.Background(), p, run)
		if err == nil || res != nil {
			t.Errorf("%s, %s: result %v, error %v", c.m.Name(), c.what, res, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %s: no %q in %q", c.m.Name(), c.what, want, err)
			}
		}
		if _, e := os.Stat(run.State); run.State != "" && !errors.Is(e, os.ErrNotExist) {
			t.Errorf("%s, %s: a state was left behind", c.m.Name(), c.what)
		}
	}
}

// What a problem lacks is said in words.
func TestIncompleteProblems(t *testing.T) {
	lik := func() *inverse.Likelihood {
		return cases.Problem(cases.Isotropic(0, 0), inverse.NewIdentity(autodiff.S(2)), 1, make([]float64, 2)).Likelihood
	}
	shape := autodiff.S(2)
	var none *exact.Mixture
	for want, p := range map[string]*infer.Problem{
		"the *Problem is nil":       nil,
		"no prior":                  {Likelihood: lik(), Shape: shape},
		"no prior; set Prior":       {Prior: none, Likelihood: lik(), Shape: shape},
		"no likelihood":             {Prior: cases.Isotropic(0, 0), Shape: shape},
		"no image shape":            {Prior: cases.Isotropic(0, 0), Likelihood: lik()},
		"there is no operator":      {Prior: cases.Isotropic(0, 0), Likelihood: &inverse.Likelihood{}, Shape: shape},
		"there is no noise":         {Prior: cases.Isotropic(0, 0), Likelihood: &inverse.Likelihood{Op: lik().Op}, Shape: shape},
		"y has 0 entries":           {Prior: cases.Isotropic(0, 0), Likelihood: &inverse.Likelihood{Op: lik().Op, Noise: lik().Noise}, Shape: shape},
		"takes images of shape [2]": {Prior: cases.Isotropic(0, 0), Likelihood: lik(), Shape: autodiff.S(3)},
		"the range is [1 0]":        {Prior: cases.Isotropic(0, 0), Likelihood: lik(), Shape: shape, Range: [2]float64{1, 0}},
		"neither Adjoint nor VJP":   {Prior: cases.Isotropic(0, 0), Likelihood: &inverse.Likelihood{Op: forwardOnly{lik().Op}, Noise: lik().Noise, Y: lik().Y}, Shape: shape},
	} {
		for _, m := range []infer.Method{dpnp.Default(), dpi.Default(), reddiff.Default()} {
			if _, err := m.Solve(context.Background(), p, infer.Run{Samples: 1}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: want %q, got %v", m.Name(), want, err)
			}
		}
	}
}

// forwardOnly is an operator without a derivative.
type forwardOnly struct{ inverse.Operator }

// laplace is a noise of another kind.
type laplace struct{ inverse.Gaussian }

func (laplace) Kind() string { return "laplace" }

// Every method takes a sigma for each measurement and noise of another kind.
func TestAnyNoiseIsTaken(t *testing.T) {
	op := inverse.NewIdentity(autodiff.S(1, 1, 2))
	quick := reddiff.Default()
	quick.Steps = 2
	for _, noise := range []inverse.Noise{
		inverse.Gaussian{Sigma: .1},
		inverse.Gaussian{Sigmas: []float64{.1, .1}},
		inverse.Gaussian{Sigmas: []float64{.1, 2}},
		laplace{inverse.Gaussian{Sigma: 1}},
	} {
		lik, err := inverse.NewLikelihood(op, noise, make([]float64, 2))
		if err != nil {
			t.Fatal(err)
		}
		p := &infer.Problem{Prior: cases.Isotropic(0, 1), Likelihood: lik, Shape: op.InShape(), DType: autodiff.F64}
		for _, m := range []infer.Method{quick, quickDPnP()} {
			if _, err = m.Solve(context.Background(), p, infer.Run{Samples: 1}); err != nil {
				t.Errorf("%s, %v: %v", m.Name(), noise, err)
			}
		}
	}
}
