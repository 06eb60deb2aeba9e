package infer_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/infer/dpi"
	"tweedie/infer/dpnp"
	"tweedie/infer/internal/cases"
	"tweedie/infer/reddiff"
)

// values returns a problem of 8x8 pixels in [0,16] that has what the defaults follow from.
func values() *infer.Problem {
	return &infer.Problem{Shape: autodiff.S(1, 8, 8), Affine: diffusion.Affine{Scale: 8, Shift: 8}, Range: [2]float64{0, 16}, Mean: 5, Std: 6}
}

func TestDefaultsFollowTheProblem(t *testing.T) {
	for name, want := range map[string]func() infer.Method{
		"dpnp":     func() infer.Method { return dpnp.Default() }, // its numbers follow in the run
		"dpi":      func() infer.Method { return dpi.Default() },
		"red-diff": func() infer.Method { m := reddiff.Default(); m.LR = .8; return m },
	} {
		k, err := infer.KindOf(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.New(values(), infer.Standard); !reflect.DeepEqual(got, want()) {
			t.Errorf("%s of the problem is %+v", name, got)
		}
	}
}

func TestDefaultsOfAnUnknownPrior(t *testing.T) {
	p := &infer.Problem{Shape: autodiff.S(1, 8, 8)}
	for name, want := range map[string]infer.Method{"dpnp": dpnp.Default(), "dpi": dpi.Default(), "red-diff": reddiff.Default()} {
		if m, err := infer.DecodeMethod(name, nil, p, infer.Standard); err != nil || !reflect.DeepEqual(m, want) {
			t.Errorf("%s is %+v (%v), want the default", name, m, err)
		}
	}
}

func TestEveryEffortIsValid(t *testing.T) {
	large := values()
	large.Shape = autodiff.S(1, 28, 28)
	for _, p := range []*infer.Problem{values(), large, {Shape: autodiff.S(2)}} {
		for _, k := range infer.Kinds() {
			for e := infer.Standard; e <= infer.Plane; e++ {
				m := k.New(p, e)
				if err := m.Validate(); err != nil || m.Name() != k.Name || k.About(m) == "" {
					t.Errorf("%s, effort %d, %v: %v, name %q, about %q", k.Name, e, p.Shape, err, m.Name(), k.About(m))
				}
			}
		}
	}
}

func TestDecodeMethod(t *testing.T) {
	m, err := infer.DecodeMethod("dpnp", []byte(`{"rounds": 3, "hold": 1}`), values(), infer.Standard)
	if d, ok := m.(dpnp.DPnP); err != nil || !ok || d.Mode != dpnp.Auto || d.Rounds != 3 || d.Hold != 1 || d.EtaMax != 0 {
		t.Errorf("decoded %+v, %v", m, err)
	}
	for _, c := range []struct{ name, fields, want string }{
		{"dnp", "", `is "dnp"; it must be dpi, dpnp or red-diff; did you mean dpnp?`},
		{"dpnp", `{"rouns": 3}`, "rouns is unknown; did you mean rounds?"},
		{"dpnp", `{"rounds": -1}`, "dpnp: rounds is -1"},
		{"dpnp", `{"mode": "annealed", "rounds": -1}`, "dpnp: rounds is -1"},
		{"red-diff", `{"lr": "x"}`, "lr is"},
		{"dpi", `[]`, "an array"},
	} {
		if _, err := infer.DecodeMethod(c.name, []byte(c.fields), values(), infer.Standard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.name, c.fields, err, c.want)
		}
	}
}

// The config of a result holds the numbers that the zeros of the default became: they give the same samples again, and no
// zero that stands for a number is left.
func TestResultsShowWhatTheDefaultsBecame(t *testing.T) {
	p, run := cases.Small(), infer.Run{Samples: 3, Seed: 1}
	crowded := dpnp.Default()
	crowded.SMC.Rounds = 1000 // so that the mode becomes chains
	for _, c := range []struct {
		m    dpnp.DPnP
		p    *infer.Problem
		mode string
	}{{dpnp.Default(), p, dpnp.SMCMode}, {crowded, p, dpnp.ChainsMode}} {
		res, err := c.m.Solve(context.Background(), c.p, run)
		if err != nil {
			t.Fatal(err)
		}
		got := res.Config.(dpnp.DPnP)
		if got.Mode != c.mode || got.EtaMin <= 0 || len(res.Notes) == 0 {
			t.Errorf("%+v, notes %q", got, res.Notes)
		}
		switch got.Mode {
		case dpnp.SMCMode:
			if got.SMC.Particles < 32 || got.SMC.Islands < 1 || got.SMC.PriorDraws != 1 {
				t.Errorf("particles are %+v", got.SMC)
			}
		default:
			if got.Rounds < 1 || got.EtaMax < got.EtaMin || got.Chains != 3 || got.Thin < 1 {
				t.Errorf("chains are %+v", got)
			}
		}
		again, err := got.Solve(context.Background(), c.p, run)
		if err != nil || !reflect.DeepEqual(again.Samples, res.Samples) || again.Evaluations != res.Evaluations || !reflect.DeepEqual(again.Config, res.Config) {
			t.Errorf("%s: the config of the result gives other samples, %d and %d evaluations, %+v: %v", c.mode, res.Evaluations, again.Evaluations, again.Config, err)
		}
	}
}

// What a kind says of its method's results and state is what the method does.
func TestKindsTellTheTruth(t *testing.T) {
	for _, k := range infer.Kinds() {
		p := cases.Small()
		m := k.Shorten(k.New(p, infer.Standard), 2, 2)
		res, err := m.Solve(t.Context(), p, infer.Run{Samples: 2, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if res.Method != k.Name || res.Spread != k.Spread {
			t.Errorf("%s: a result of %q with the spread %q; the kind says %q", k.Name, res.Method, res.Spread, k.Spread)
		}
		state := filepath.Join(t.TempDir(), "state")
		_, err = m.Solve(t.Context(), p, infer.Run{Samples: 2, Seed: 1, State: state})
		if _, e := os.Stat(state); (err == nil && e == nil) != k.KeepsState || !k.KeepsState && (err == nil || !strings.Contains(err.Error(), "keeps no state")) {
			t.Errorf("%s: with a state file: %v, %v; the kind says %v", k.Name, err, e, k.KeepsState)
		}
	}
}

func TestRegisterRefuses(t *testing.T) {
	good, _ := infer.KindOf("dpnp")
	for what, k := range map[string]infer.Kind{"a name that is taken": good, "nothing": {}, "no New": {Name: "mine", Title: "Mine", Text: "is mine"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Register took %s", what)
				}
			}()
			infer.Register(k)
		}()
	}
}
