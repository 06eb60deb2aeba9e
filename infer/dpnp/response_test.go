package dpnp

import (
	"math"
	"strings"
	"testing"
)

// respond returns the law of a sampler at eta for one deviation.
func respond(t *testing.T, d DenoisingSampler, s, eta float64) Response {
	t.Helper()
	r, err := Responses(d, eta, []float64{s})
	if err != nil {
		t.Fatal(err)
	}
	return r[0]
}

// The variance ratios of N(0, s^2), noised to eta and denoised once, that were computed apart from here by a scalar
// recursion for each sampler. Those of the flow start it from N(0, d I), where DDSDDIM takes N(0, I): its variance is
// larger by 1/d, 1.0001.
func TestResponsesOfRecursions(t *testing.T) {
	ddim := func(n int) DenoisingSampler { return DDSDDIM{Steps: n} }
	heun := func(n int) DenoisingSampler { return DDSDDIM{Steps: n, Heun: true} }
	ddpm := func(n int) DenoisingSampler { return DDSDDPM{Steps: n} }
	for _, c := range []struct {
		s, eta float64
		of     func(n int) DenoisingSampler
		n      int
		want   float64
	}{
		{.1, .1, ddim, 16, .95543}, {.1, .1, heun, 6, .95107}, {.1, .1, heun, 10, .98231}, {.1, .1, heun, 16, .99347}, {.1, .1, ddpm, 32, .97370},
		{1, .4, ddim, 16, .98810}, {1, .4, heun, 6, .99244}, {1, .4, heun, 10, .99790}, {1, .4, heun, 16, .99980}, {1, .4, ddpm, 32, .98970},
		{.1, .4, ddim, 16, .81249}, {.1, .4, heun, 6, .51376}, {.1, .4, heun, 10, .75598}, {.1, .4, heun, 16, .89285}, {.1, .4, ddpm, 32, .96672},
	} {
		d := c.of(c.n)
		r := respond(t, d, c.s, c.eta)
		if f, ok := d.(DDSDDIM); ok {
			r.Variance *= newDDIMPoint(c.eta, f.angles(c.eta)[0]).d
		}
		if got := r.Pass(c.eta, c.s); math.Abs(got-c.want) > 6e-6 {
			t.Errorf("%s of %d steps at s=%g, eta=%g: variance ratio %.6f, want %.5f", d.Name(), c.n, c.s, c.eta, got, c.want)
		}
	}
}

// Several spreads in one run are those of one at a time; the exact law has no error; wrong arguments are named.
func TestResponses(t *testing.T) {
	spreads := []float64{.05, .3, 2}
	for _, d := range []DenoisingSampler{DDSDDPM{Steps: 9}, DDSDDIM{Steps: 7}, DDSMultistep{Steps: 8, Correct: true}, TrainingGrid{Levels: trainingLevels(t)}} {
		all, err := Responses(d, .2, spreads)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range spreads {
			one := respond(t, d, s, .2)
			if math.Abs(one.Gain-all[i].Gain) > 1e-12 || math.Abs(one.Variance-all[i].Variance) > 1e-12 {
				t.Errorf("%s, s=%g: %v alone, %v among others", d.Name(), s, one, all[i])
			}
		}
	}
	for _, s := range spreads {
		r := ExactResponse(.2, s)
		if r.Error(.2, s) > 1e-9 || math.Abs(r.Pass(.2, s)-1) > 1e-12 || math.Abs(r.Stationary(.2, s)-1) > 1e-9 {
			t.Errorf("the exact law at s=%g has error %g, pass %g, stationary %g", s, r.Error(.2, s), r.Pass(.2, s), r.Stationary(.2, s))
		}
		r.Variance *= 1.1
		if e := r.Error(.2, s); math.Abs(e-.1) > .01 {
			t.Errorf("a variance 10%% too large has error %g", e)
		}
	}
	if r := (Response{1, .1}); !math.IsInf(r.Stationary(.1, 1), 1) {
		t.Error("a gain of 1 has a stationary variance")
	}
	for want, call := range map[string]func() error{
		"spreads is empty":        func() error { _, err := Responses(DDSDDPM{Steps: 4}, .2, nil); return err },
		"spreads[1] is 0":         func() error { _, err := Responses(DDSDDPM{Steps: 4}, .2, []float64{1, 0}); return err },
		"eta is NaN":              func() error { _, err := Responses(DDSDDPM{Steps: 4}, math.NaN(), spreads); return err },
		"at least 2 steps":        func() error { _, err := Responses(DDSMultistep{Steps: 1}, .2, spreads); return err },
		`"plain" has no DrawWith`: func() error { _, err := Responses(plain{}, .2, spreads); return err },
		"is below the least training": func() error {
			_, err := Responses(DDSMultistep{Steps: 4, Levels: []float64{.5}}, .2, spreads)
			return err
		},
		"dds_tolerance is 0":           func() error { _, err := StepsWithin(Default(), .2, 0, spreads); return err },
		`sampler is "dpm"; it must be`: func() error { m := Default(); m.Sampler = "dpm"; _, err := StepsWithin(m, .2, .1, spreads); return err },
		"dds_steps is 1; it must lie be": func() error {
			m := Default()
			m.Sampler, m.Steps = "unipc", 1
			_, err := m.DenoisingSampler()
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// plain is a sampler of a user's own without DrawWith.
type plain struct{ DenoisingSampler }

func (plain) Name() string { return "plain" }
