package dpi

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// With start, the mean begins at the posterior mean of the Gaussian N(family.mean, start^2): for y = x + N(0, s^2) it is
// (y/s^2 + c/start^2)/(1/s^2 + 1/start^2). A learning rate of nearly zero leaves it there.
func TestDPIStart(t *testing.T) {
	y := make([]float64, 16)
	for i := range y {
		y[i] = math.Sin(float64(i))
	}
	p := cases.Problem(exact.Ring16(), inverse.NewIdentity(autodiff.S(16)), .2, y)
	p.Affine = diffusion.Affine{Scale: 2, Shift: .5}
	m := Default()
	m.Prior.Kind, m.Family.Kind, m.Family.Mean, m.Family.Std, m.Start = "exact", "diagonal", .1, 1e-6, .3
	m.Steps, m.Batch, m.LR, m.FinalLR, m.Check = 2, 2, 1e-9, 1e-9, 4
	res, err := m.Solve(t.Context(), p, infer.Run{Samples: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range res.Mean {
		want := (y[i]/.04 + .7/.09) / (1/.04 + 1/.09)
		if math.Abs(v-want) > 1e-4 {
			t.Errorf("entry %d starts at %v, not %v", i, v, want)
		}
	}
	m.Family = FamilyConfig{Kind: "realnvp", Flows: 2, SeqFrac: 1}
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "start") {
		t.Errorf("a flow with a start: %v", err)
	}
	m.Family, m.Start = DefaultFamily(), -1
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "start is -1") {
		t.Errorf("a negative start: %v", err)
	}
}
