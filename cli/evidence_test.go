package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// evidence prints exact numbers where they are known, the same from a simulation as from its measurement, and refuses what cannot be
// compared.
func TestEvidence(t *testing.T) {
	dir := t.TempDir()
	p := twoModes(t, dir, "p.json", `,"data":[0.3]`)
	wide := filepath.Join(dir, "wide.json")
	if err := os.WriteFile(wide, []byte(`{"kind":"gaussian","shape":[1,1,2],"variance":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	text := must(t, "evidence", "--problem", p, "--priors", "toy2d,"+wide, "--out", out)
	for _, want := range []string{"toy2d                          -0.243753 (exact)", "log Bayes factor over " + wide, "toy2d explains the data best", "written: "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	results, page := resultsOf(t, out)
	if !json.Valid(results) {
		t.Error("results.json is no JSON")
	}
	for _, want := range []string{"What the numbers mean", "dequantised", "log Bayes factor", "-0.243753"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("no %q on the page", want)
		}
	}
	var res struct {
		Evidence struct {
			Priors []struct {
				Prior, By string
				Nats      float64
				Se        float64 `json:"standard_error"`
			}
		}
	}
	decodeInto(t, must(t, "evidence", "--problem", p, "--sampled", "--config", `{"smc":{"particles":256}}`, "--json", "--out", out), &res)
	if e := res.Evidence.Priors; len(e) != 1 || e[0].By != "dpnp" || e[0].Se <= 0 || e[0].Nats < -.2437-4*e[0].Se || e[0].Nats > -.2437+4*e[0].Se {
		t.Errorf("%+v", e)
	}
	simulated := twoModes(t, dir, "s.json", `,"simulate":{"prior":true},"seed":4`)
	decodeInto(t, must(t, "evidence", "--problem", simulated, "--priors", "toy2d,"+wide, "--json", "--out", out), &res)
	first := res.Evidence.Priors
	decodeInto(t, must(t, "evidence", "--problem", simulated, "--priors", wide+",toy2d", "--json", "--out", out), &res)
	if again := res.Evidence.Priors; len(again) != 2 || again[0] != first[0] || again[1] != first[1] {
		t.Errorf("the order of the priors changes their numbers: %+v, %+v", first, again)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, _, msg := tweedieIn(t, ctx, "evidence", "--problem", p, "--sampled", "--out", out); code != 130 || !strings.Contains(msg, "interrupted; nothing was written") {
		t.Errorf("code %d, %q", code, msg)
	}
	if code, text, msg := tweedie(t, "evidence", "--problem", p, "--method", "red-diff", "--sampled", "--out", filepath.Join(dir, "no number")); code != 1 || !strings.Contains(text, "none") || !strings.Contains(msg, "no prior has a number") {
		t.Errorf("without a number: code %d, %q, %q", code, text, msg)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--priors", "toy2d,ring16"}, "--priors: ring16 has images [1,1,16], and the problem [1,1,2]; only priors of one shape can be compared"},
		{[]string{"--priors", "toy2d,toy3d"}, "did you mean toy2d?"},
		{[]string{"--priors", "toy2d,toy2d"}, "toy2d is there twice"},
		{[]string{"--priors", "toy2d,"}, "--priors: "},
		{[]string{"--samples", "0"}, "--samples is 0"},
	} {
		code, text, msg := tweedie(t, append([]string{"evidence", "--problem", p, "--out", filepath.Join(dir, "none")}, c.args...)...)
		if code != 1 || text != "" || !strings.Contains(msg, c.want) || strings.Count(msg, "\n") != 1 {
			t.Errorf("%v: code %d, %q, %q; want %q", c.args, code, text, msg, c.want)
		}
		if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
			t.Fatalf("%v left a folder", c.args)
		}
	}
}
