package prior_test

import (
	"maps"
	"strings"
	"testing"

	"tweedie/families"
	"tweedie/prior"
)

// The identity of a prior is the same each time it is opened, and differs between priors in their weights.
func TestIdentity(t *testing.T) {
	identity := func(name string) map[string]string {
		p, err := prior.Open(name, prior.Options{})
		if err != nil {
			t.Fatal(err)
		}
		id, err := p.Identity()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	a, b, ring := identity("digits8"), identity("fashion28"), identity("ring16")
	if !maps.Equal(a, identity("digits8")) {
		t.Error("two identities of one prior differ")
	}
	if !strings.HasPrefix(a["weights"], "SHA-256 ") || a["weights"] == b["weights"] || a["shape"] != "[1,8,8]" {
		t.Errorf("digits8 is %v", a)
	}
	if ring["closed form"] != "ring16" || ring["weights"] != "" {
		t.Errorf("ring16 is %v", ring)
	}
}

// What was left out is an error that says what, not a nil pointer.
func TestNilArguments(t *testing.T) {
	failed := func(_ any, err error) error { return err }
	for want, err := range map[string]error{
		"file is nil":         failed(prior.FromFile("x", nil, prior.Options{})),
		"the network is nil":  (&families.Spec{}).Fit(nil),
		"images' shape is []": func() error { _, _, err := families.Build("unet", nil, nil, [32]byte{}); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
