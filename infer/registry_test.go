package infer

import (
	"reflect"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
)

// values returns a problem of 8x8 pixels in [0,16] that has what the defaults follow from.
func values() *Problem {
	return &Problem{Shape: autodiff.S(1, 8, 8), Affine: diffusion.Affine{Scale: 8, Shift: 8}, Range: [2]float64{0, 16}, Mean: 5, Std: 6}
}

func TestDefaultsFollowTheProblem(t *testing.T) {
	for name, want := range map[string]func() Method{
		"dpnp":     func() Method { m := DefaultDPnP(); m.EtaMax, m.EtaMin = 6, .3; return m },
		"dpi":      func() Method { return DefaultDPI() },
		"red-diff": func() Method { m := DefaultREDDiff(); m.LR = .8; return m },
	} {
		k, err := KindOf(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.New(values(), Standard); !reflect.DeepEqual(got, want()) {
			t.Errorf("%s of the problem is %+v", name, got)
		}
	}
}

func TestDefaultsOfAnUnknownPrior(t *testing.T) {
	p := &Problem{Shape: autodiff.S(1, 8, 8)}
	for name, want := range map[string]Method{"dpnp": DefaultDPnP(), "dpi": DefaultDPI(), "red-diff": DefaultREDDiff()} {
		if m, err := DecodeMethod(name, nil, p, Standard); err != nil || !reflect.DeepEqual(m, want) {
			t.Errorf("%s is %+v (%v), want the default", name, m, err)
		}
	}
}

func TestEveryEffortIsValid(t *testing.T) {
	large := values()
	large.Shape = autodiff.S(1, 28, 28)
	for _, p := range []*Problem{values(), large, {Shape: autodiff.S(2)}} {
		for _, k := range Kinds() {
			for e := Standard; e <= Plane; e++ {
				m := k.New(p, e)
				if err := m.Validate(); err != nil || m.Name() != k.Name || k.About(m) == "" {
					t.Errorf("%s, effort %d, %v: %v, name %q, about %q", k.Name, e, p.Shape, err, m.Name(), k.About(m))
				}
			}
		}
	}
}

func TestDecodeMethod(t *testing.T) {
	m, err := DecodeMethod("dpnp", []byte(`{"rounds": 3, "hold": 1}`), values(), Standard)
	if err != nil || m.(DPnP).Rounds != 3 || m.(DPnP).EtaMax != 6 {
		t.Errorf("decoded %+v, %v", m, err)
	}
	for _, c := range []struct{ name, fields, want string }{
		{"dnp", "", `is "dnp"; it must be dpi, dpnp or red-diff; did you mean dpnp?`},
		{"dpnp", `{"rouns": 3}`, "rouns is unknown; did you mean rounds?"},
		{"dpnp", `{"rounds": 0}`, "dpnp: rounds is 0"},
		{"red-diff", `{"lr": "x"}`, "lr is"},
		{"dpi", `[]`, "an array"},
	} {
		if _, err := DecodeMethod(c.name, []byte(c.fields), values(), Standard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.name, c.fields, err, c.want)
		}
	}
}

func TestRegisterRefuses(t *testing.T) {
	good, _ := KindOf("dpnp")
	for what, k := range map[string]Kind{"a name that is taken": good, "nothing": {}, "no New": {Name: "mine", Title: "Mine", Text: "is mine"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Register took %s", what)
				}
			}()
			Register(k)
		}()
	}
}
