package dpnp

import (
	"context"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/inverse/noises"
)

// Counts and signs seen by a linear operator have one explanation for each mode of the prior; outliers, phases, and operators that are
// not linear may have more.
func TestConvexLosses(t *testing.T) {
	one := gains(t, 3, 2, 1, .5)
	for _, c := range []struct {
		name  string
		op    inverse.Operator
		noise inverse.Noise
		y     []float64
		want  bool
	}{
		{"counts", one, noises.Poisson{Gain: 1, Link: "identity"}, []float64{0, 3, 40}, true},
		{"counts of a gain", one, noises.Poisson{Gain: 2, Background: 1, Link: "identity"}, []float64{0, 4, 40}, true},
		{"signs", one, noises.OneBit{Scale: .3, Link: "probit"}, []float64{1, -1, 1}, true},
		{"outliers", one, noises.Student{DoF: 3, Scale: .2}, []float64{.3, -.2, 1}, false},
		{"phases", one, noises.VonMises{Concentration: 9}, []float64{.3, -.2, 1}, false},
		{"squares", pixelSquares(3), inverse.Gaussian{Sigma: .1}, []float64{.3, .2, 1}, false},
	} {
		lik, err := inverse.NewLikelihood(c.op, c.noise, c.y)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if got := convex(lik); got != c.want {
			t.Errorf("%s: convex is %v", c.name, got)
		}
	}
}

// Chains in the place of a ladder that would be too long are a note where data add no modes.
func TestChainsForALadderTooLong(t *testing.T) {
	const n = 900
	y := make([]float64, n)
	for i := range y {
		y[i] = 4
	}
	p := cases.Problem(cases.Isotropic(4, 1), inverse.NewIdentity(pixelSquares(n).InShape()), 1, y)
	lik, err := inverse.NewLikelihood(p.Likelihood.Op, noises.Poisson{Gain: 1e-4, Link: "identity"}, y)
	if err != nil {
		t.Fatal(err)
	}
	p.Likelihood = lik
	m := Default()
	m.Mode, m.Rounds = ExchangeMode, 2
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	const said = "independent chains, because a ladder"
	if !strings.Contains(strings.Join(res.Notes, "\n"), said) || strings.Contains(strings.Join(res.Warnings, "\n"), said) {
		t.Errorf("notes %q, warnings %q", res.Notes, res.Warnings)
	}
}
