package infer_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/dpi"
	"tweedie/infer/dpnp"
	"tweedie/infer/internal/cases"
	"tweedie/infer/reddiff"
	"tweedie/inverse"
	"tweedie/rng"
)

// measured is N(.5, .04) on 256 pixels seen directly with noise .1; said is the sigma that the solver is told.
func measured(unit, said float64) *infer.Problem {
	const n = 256
	st := rng.New(4).Stream()
	y := make([]float64, n)
	for i := range y {
		y[i] = unit * (.5 + .2*st.Norm() + .1*st.Norm())
	}
	p := cases.Problem(cases.Isotropic(.5, .04), inverse.NewIdentity(autodiff.S(1, 16, 16)), said, y)
	p.Range = [2]float64{0, 1}
	return p
}

// Data that no sample explains are warned of with the likely causes, and data that samples explain are not.
func TestMisfitsAreWarnedOf(t *testing.T) {
	gibbs := dpnp.Default()
	gibbs.EtaMax, gibbs.EtaMin = .2, .01
	vi := dpi.Default()
	vi.Family, vi.Family.Kind, vi.Family.Mean, vi.Family.Std = dpi.DefaultFamily(), "diagonal", .5, .1
	vi.Steps, vi.Batch, vi.Check, vi.Start = 40, 8, 8, .2
	tight := gibbs
	tight.EtaMin = .1
	loose := reddiff.Default()
	loose.Steps = 200
	for _, c := range []struct {
		m          infer.Method
		unit, said float64
		want       []string // none for no warning of a misfit
	}{
		{gibbs, 1, .1, nil},
		{gibbs, 255, .1, []string{"do not explain", "the units of the measurement, which goes from ", " while A x of the prior's images goes from 0", "sigma is too small, by about a factor", "the mean goes from"}},
		{gibbs, 1, 1, []string{"better than its noise allows", "sigma is too large, by a factor of about"}},
		{tight, 1, .01, []string{"do not explain", "likely causes: eta_min, which is too large for noise as small as this"}},
		{vi, 255, .1, []string{"do not explain", "the units of the measurement", "its family is too narrow"}},
		{reddiff.Default(), 1, .1, nil},
		{reddiff.Default(), 1, .3, nil}, // it overfits by design
		{loose, 1, .1, nil},
		{loose, 1, 1, []string{"far closer than its noise: chi² per measurement is 0.00", "sigma is too large, by a factor of up to", "a small lambda"}},
		{reddiff.Default(), 255, .1, []string{"do not explain", "the units of the measurement", "lambda is too large"}},
	} {
		res, err := c.m.Solve(context.Background(), measured(c.unit, c.said), infer.Run{Samples: 4, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(res.Warnings, "\n")
		if c.want == nil && (strings.Contains(text, "chi²") || strings.Contains(text, "the mean goes")) {
			t.Errorf("%s, unit %g, sigma %g: a false alarm: %s", c.m.Name(), c.unit, c.said, text)
		}
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s, unit %g, sigma %g: no %q in %q", c.m.Name(), c.unit, c.said, want, text)
			}
		}
	}
}

// A million numbers have a law of chi^2 too, and one number hardly any evidence.
func TestMisfitOfManyAndOfOne(t *testing.T) {
	for _, c := range []struct {
		m    int
		y    float64
		want bool
	}{{1000000, .5, true}, {1000000, 1, false}, {1000000, 2, true}, {1, .01, false}, {1, 3, false}, {1, 10, true}} {
		y := make([]float64, c.m)
		for i := range y {
			y[i] = c.y
		}
		r := &infer.Result{Method: "dpnp", Spread: infer.PosteriorSpread, Samples: [][]float64{make([]float64, c.m)}}
		r.Summarise()
		if err := r.Examine(cases.Problem(cases.Isotropic(0, 1), inverse.NewIdentity(autodiff.S(c.m)), 1, y), 0); err != nil {
			t.Fatal(err)
		}
		if got := len(r.Warnings) > 0; got != c.want {
			t.Errorf("%d residuals of %g: warnings %q", c.m, c.y, r.Warnings)
		}
	}
}

// Draws of a posterior are judged by the law of chi^2, and a method that fits the noise is warned of only where it fits far
// closer than such a one does at the right sigma.
func TestCloseFits(t *testing.T) {
	const m = 1000
	// The quantile .0005 of chi^2 with 1,000 degrees of freedom is 859.36 (Wilson and Hilferty: 859.4).
	for spread, least := range map[string]float64{infer.PosteriorSpread: .85936, infer.BiasedSpread: .005, infer.RestartSpread: .005} {
		for _, chi := range []float64{0, .99 * least, 1.01 * least} {
			y := make([]float64, m)
			for i := range y {
				y[i] = math.Sqrt(chi)
			}
			r := &infer.Result{Method: "m", Spread: spread, Samples: [][]float64{make([]float64, m)}}
			r.Summarise()
			if err := r.Examine(cases.Problem(cases.Isotropic(0, 1), inverse.NewIdentity(autodiff.S(m)), 1, y), 0); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(r.Warnings, "; ")
			if (chi < least) != strings.Contains(text, "chi² per measurement") || strings.Contains(text, "Inf") {
				t.Errorf("%s, chi² %g: warnings %q", spread, chi, text)
			}
		}
	}
}
