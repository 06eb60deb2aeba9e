package dpi

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tweedie/flows"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/layers"
)

// diagonal is a family of a user's own.
func diagonal(c FamilyConfig, dim int, root layers.Path) (flows.Family, error) {
	return flows.NewDiagonal(root.At("q"), flows.GaussianConfig{Dim: dim, Mean: c.Mean, Std: c.Std})
}

// A family of a user's own is reached by its name in a config, and by the field Build from Go; both are fitted as the
// same family of the package is.
func TestFamilyOfOnesOwn(t *testing.T) {
	if err := RegisterFamily("ours", diagonal); err != nil {
		t.Fatal(err)
	}
	p, _, _ := cases.Ring(t)
	const quick = `"steps":4,"batch":4,"check":4,"prior":{"kind":"exact"}`
	decode := func(family string) DPI {
		m, err := infer.DecodeMethod("dpi", []byte(`{`+quick+`,"family":`+family+`}`), p, infer.Standard)
		if err != nil {
			t.Fatal(err)
		}
		return m.(DPI)
	}
	built := decode(`{"std":0.2}`)
	built.Build, built.Family.Kind = diagonal, "a label"
	var first *infer.Result
	for _, m := range []DPI{decode(`{"kind":"diagonal","std":0.2}`), decode(`{"kind":"ours","std":0.2}`), built} {
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = res
		}
		if !slices.Equal(res.Samples[1], first.Samples[1]) || !slices.Equal(res.Std, first.Std) {
			t.Errorf("family %q differs from diagonal", m.Family.Kind)
		}
	}
	built.Family.Head = "box"
	res, err := built.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 3})
	if err != nil || slices.Max(res.Samples[0]) > 1 || slices.Min(res.Samples[0]) < -1 {
		t.Errorf("a head on a family of one's own: %v, %v", res, err)
	}
}

func TestFamiliesRefused(t *testing.T) {
	m := Default()
	m.Family.Kind = "diagnal"
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), `family.kind is "diagnal"`) || !strings.Contains(err.Error(), "did you mean diagonal?") {
		t.Errorf("a kind that nobody registered: %v", err)
	}
	if err := RegisterFamily("full", diagonal); err == nil || !strings.Contains(err.Error(), `the family "full" is registered already`) {
		t.Errorf("a name that is taken: %v", err)
	}
	m.Build = func(FamilyConfig, int, layers.Path) (flows.Family, error) { return nil, nil }
	p, _, _ := cases.Ring(t)
	if _, err := m.Solve(context.Background(), p, infer.Run{Samples: 1}); err == nil || !strings.Contains(err.Error(), "returned none") {
		t.Errorf("a builder of nothing: %v", err)
	}
	m.Start = 1
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "start is for Gaussian families") {
		t.Errorf("a start of a family of one's own: %v", err)
	}
}
