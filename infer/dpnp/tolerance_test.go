package dpnp

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/rng"
)

// StepsWithin returns the first number of steps within the tolerance, for every sampler, and a smaller tolerance takes more.
func TestStepsWithin(t *testing.T) {
	const eta = .3
	spreads := []float64{.1, .3, 1}
	for _, c := range []struct {
		name string
		heun bool
		most int // evaluations for 2%
	}{{"unipc", false, 10}, {"dpm++", false, 15}, {"ddim", true, 80}, {"ddim", false, 256}, {"ddpm", false, 256}} {
		m := Default()
		m.Sampler, m.Heun = c.name, c.heun
		loose, err := StepsWithin(m, eta, .1, spreads)
		if err != nil {
			t.Fatal(err)
		}
		fit, err := StepsWithin(m, eta, .02, spreads)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s heun %v: %d evaluations for 10%%, %d for 2%%, error %.4f", c.name, c.heun, loose.Evaluations, fit.Evaluations, fit.Error)
		worst := func(d DenoisingSampler) (worst float64) {
			for _, s := range spreads {
				worst = max(worst, respond(t, d, s, eta).Error(eta, s))
			}
			return worst
		}
		if loose.Evaluations >= fit.Evaluations || fit.Evaluations > c.most || fit.Sampler.Name() != c.name || loose.Error > .1 || fit.Error > .02 {
			t.Errorf("%s: %+v, loose %+v", c.name, fit, loose)
		}
		if e := worst(fit.Sampler); math.Abs(e-fit.Error) > 1e-9 || fit.Evaluations < len(fit.Sampler.Grid(eta)) {
			t.Errorf("%s: %+v, but its error is %g", c.name, fit, e)
		}
		if m.Steps = fit.Steps - 1; fit.Steps <= 32 {
			d, err := m.DenoisingSampler()
			if err != nil || worst(d) <= .02 {
				t.Errorf("%s: one step less than %d has an error of %.4f, %v", c.name, fit.Steps, worst(d), err)
			}
		}
	}
	m := Default()
	m.Sampler = "ddpm"
	if fit, err := StepsWithin(m, eta, 1e-4, spreads); err != nil || fit.Error <= 1e-4 || fit.Steps < 200 {
		t.Errorf("a tolerance out of reach: %+v, %v", fit, err)
	}
	m.Levels = trainingLevels(t)
	if fit, err := StepsWithin(m, eta, 1e-4, spreads); err != nil || fit.Evaluations != len(TrainingGrid{Levels: m.Levels}.Grid(eta)) {
		t.Errorf("training levels: %+v, %v", fit, err)
	}
}

// Tolerant draws what its choice draws, computes a choice once, and takes the cheapest candidate.
func TestTolerant(t *testing.T) {
	m := Default()
	m.Heun = true
	d := &Tolerant{Candidates: Candidates(m), Tol: .02, Spreads: []float64{.1, 1}}
	if d.Name() != "unipc or ddpm" {
		t.Error(d.Name())
	}
	for _, eta := range []float64{.03, .3, 1} {
		fit, err := d.At(eta)
		if err != nil {
			t.Fatal(err)
		}
		own := fit.Sampler.(DDSMultistep)
		if !own.Correct || fit.Error > .02 || own.Steps != fit.Steps {
			t.Errorf("eta %g: %+v", eta, fit)
		}
		if !slices.Equal(d.Grid(eta), own.Grid(eta)) {
			t.Errorf("eta %g: levels %v, want %v", eta, d.Grid(eta), own.Grid(eta))
		}
		draw := func(s DenoisingSampler) []float64 {
			e := infer.NewEvaluator(context.Background(), &infer.Problem{Prior: cases.Isotropic(.4, .1), Shape: autodiff.S(2), DType: autodiff.F64})
			x := []float64{.3, .5}
			if err := s.Draw(e, x, eta, []*rng.Stream{rng.New(1).Stream()}); err != nil {
				t.Fatal(err)
			}
			return x
		}
		if got, want := draw(d), draw(own); !slices.Equal(got, want) {
			t.Errorf("eta %g: %v, want %v", eta, got, want)
		}
		if respond(t, d, .5, eta) != respond(t, own, .5, eta) {
			t.Errorf("eta %g: another law", eta)
		}
	}
	first, _ := d.At(.3)
	d.Tol = 1e-3
	if again, _ := d.At(.3); again.Steps != first.Steps {
		t.Error("a choice was computed twice")
	}
	bad := &Tolerant{Candidates: Candidates(m), Tol: .02}
	if err := bad.Draw(nil, nil, 1, nil); err == nil || !strings.Contains(err.Error(), "spreads is empty") || bad.Grid(1) != nil {
		t.Errorf("no spreads: %v", err)
	}
}
