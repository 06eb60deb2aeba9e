package calibration

import (
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/infer/dpi"
	"tweedie/infer/dpnp"
	"tweedie/infer/reddiff"
	"tweedie/prior"
	"tweedie/zoo"
)

// wrongSigma is a prior that takes every noise level for one that is larger by a factor.
type wrongSigma struct {
	diffusion.Denoiser
	factor float64
}

func (w wrongSigma) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	wrong := make([]float64, len(sigma))
	for i, v := range sigma {
		wrong[i] = w.factor * v
	}
	return w.Denoiser.Denoise(s, u, wrong)
}

// full returns DPI with the full family and the exact density; without -long with as few steps as the field needs.
func full() dpi.DPI {
	m := dpi.Default()
	m.Family.Kind, m.Prior.Kind = "full", "exact"
	if !*long {
		m.Family.Std, m.Steps, m.Batch, m.LR, m.Check = .1, 500, 32, 3e-2, 64
	}
	return m
}

// On a Gaussian field DPnP and DPI with the full family are calibrated, with 24 and 20 problems (100 with -long). RED-diff, a prior whose
// deviation is too small by a third or too large by a half, noise that is stated half as large as it is, and a denoiser that takes every
// noise level for one that is 20% larger are not, and the verdict says in which direction.
func TestMethods(t *testing.T) {
	p := field(t, 1)
	sharp := measured(t, wrongSigma{p.Prior, 1.2}, .05)
	for name, c := range map[string]struct {
		m        infer.Method
		p, truth *infer.Problem
		problems int      // 0 for those with -long alone
		want     []string // words of the verdict, and tests that must fail
	}{
		"dpnp":                 {dpnp.Default(), p, nil, 24, nil},
		"dpi":                  {full(), p, nil, 20, nil},
		"red-diff":             {reddiff.Default(), p, nil, 20, []string{"too sure", testSpread, coverageTest(90), testLikelihood}},
		"a prior too narrow":   {dpnp.Default(), p, field(t, 1.5), 20, []string{"too sure", testSpread}},
		"a prior too wide":     {dpnp.Default(), p, field(t, .67), 0, []string{"not sure enough", testSpread}},
		"sigma too small":      {dpnp.Default(), p, measured(t, p.Prior, .1), 0, []string{testChi}},
		"wrong level of noise": {dpnp.Default(), sharp, p, 20, []string{"too sure"}},
	} {
		if c.problems == 0 && !*long {
			continue
		}
		conf := Default()
		conf.Problems, conf.Truth = c.problems, c.truth
		if *long {
			conf.Problems = 100
		}
		rep := calibrated(t, c.m, c.p, conf)
		got := failed(rep)
		t.Logf("%s: %s; %q", name, rep.Verdict, got)
		if rep.Calibrated != (c.want == nil) {
			t.Errorf("%s: calibrated is %v", name, rep.Calibrated)
		}
		for _, want := range c.want {
			if !strings.Contains(rep.Verdict, want) && !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
				t.Errorf("%s: %q is neither in the verdict nor among the tests that failed", name, want)
			}
		}
	}
}

// On the embedded prior of digits, seen as averages over 2x2 with noise .05: DPnP is calibrated, as far as N = 100 problems tell; RED-diff, and
// a prior that takes every noise level for one that is 30% larger, are seen not to be by N = 20 problems.
func TestDigits(t *testing.T) {
	if !*long {
		t.Skip("minutes; run with -long")
	}
	digits, err := zoo.Open("digits8", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := infer.NewProblem(digits, measured(t, digits.Denoiser, .05).Likelihood)
	sharp := *p
	sharp.Prior = wrongSigma{p.Prior, 1.3}
	for name, c := range map[string]struct {
		m        infer.Method
		p        *infer.Problem
		problems int
		right    bool
	}{"dpnp": {dpnp.Default(), p, 100, true}, "red-diff": {reddiff.Default(), p, 20, false}, "wrong level of noise": {dpnp.Default(), &sharp, 20, false}} {
		t.Run(name, func(t *testing.T) {
			conf := Default()
			conf.Problems, conf.Truth = c.problems, p
			rep := calibrated(t, c.m, c.p, conf)
			t.Logf("%s; %q", rep.Verdict, failed(rep))
			if rep.Calibrated != c.right {
				t.Errorf("calibrated is %v", rep.Calibrated)
			}
		})
	}
}
