package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// twoModes is the problem of two modes in the plane, with fields to change.
func twoModes(t *testing.T, dir, name, more string) string {
	t.Helper()
	text := `{"prior":"toy2d","operator":{"kind":"dense","rows":1,"data":[-2,1.7]},"noise":{"kind":"gaussian","sigma":0.2}` + more + `}`
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// resultsOf returns results.json and the page in a folder.
func resultsOf(t *testing.T, dir string) (results, page []byte) {
	t.Helper()
	var err error
	if results, err = os.ReadFile(filepath.Join(dir, "results.json")); err != nil {
		t.Fatal(err)
	}
	if page, err = os.ReadFile(filepath.Join(dir, "report.html")); err != nil {
		t.Fatal(err)
	}
	return results, page
}

// calibrate ends with 0 where no test fails and with 1 otherwise, in one line on standard error; either way it writes the page and prints
// the verdict. A run that was cut short goes on from its state with the same bytes.
func TestCalibrate(t *testing.T) {
	dir := t.TempDir()
	p := twoModes(t, dir, "p.json", "")
	out, state := filepath.Join(dir, "out"), filepath.Join(dir, "state")
	args := []string{"calibrate", "--problem", p, "--n", "24", "--seed", "2", "--out", out}
	text := must(t, args...)
	for _, want := range []string{"24 problems of 1 data, 63 draws of each", "log-likelihood", "log-prior", "recalibrated: to hold 90%", "verdict: calibrated, as far as 24 problems tell", "written: " + filepath.Join(out, "report.html")} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	results, page := resultsOf(t, out)
	for _, want := range []string{"<svg", "Ranks of the truths among the draws", "principal component 1", "calibrated, as far as 24 problems tell", "settings of this run"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("no %q on the page", want)
		}
	}
	// Fewer problems, and then all of them from the state.
	must(t, append(args, "--state", state, "--n", "20")...)
	must(t, append(args, "--state", state)...)
	if again, pageAgain := resultsOf(t, out); !bytes.Equal(again, results) || !bytes.Equal(pageAgain, page) {
		t.Error("a run that went on from a state has other bytes")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, _, msg := tweedieIn(t, ctx, append(args, "--seed", "3")...); code != 130 || !strings.Contains(msg, "interrupted; nothing was written") {
		t.Errorf("code %d, %q", code, msg)
	}
	if again, _ := resultsOf(t, out); !bytes.Equal(again, results) {
		t.Error("an interrupted run changed the result")
	}
	truth := twoModes(t, dir, "truth.json", `,"seed":7`)
	raw, err := os.ReadFile(truth)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(truth, bytes.Replace(raw, []byte("0.2}"), []byte("0.6}"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	code, text, msg := tweedie(t, append(args, "--truth", truth, "--json")...)
	var res struct {
		Calibration struct {
			Calibrated bool
			Verdict    string
		}
	}
	decodeInto(t, text, &res)
	if code != 1 || res.Calibration.Calibrated || msg != "tweedie: dpnp is "+res.Calibration.Verdict+"\n" || !strings.Contains(msg, "not calibrated: ") {
		t.Errorf("code %d, %q, %+v", code, msg, res)
	}
	if _, page := resultsOf(t, out); !bytes.Contains(page, []byte("not calibrated: ")) {
		t.Error("the page of a method that is not calibrated does not say so")
	}
}

// What cannot be calibrated is refused in one line, and nothing is left behind.
func TestCalibrateMistakes(t *testing.T) {
	dir := t.TempDir()
	p := twoModes(t, dir, "p.json", "")
	y := twoModes(t, dir, "auto.json", "")
	raw, err := os.ReadFile(y)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(y, bytes.Replace(raw, []byte("0.2}"), []byte(`"auto"}`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.json")
	if err := os.WriteFile(other, []byte(`{"prior":"ring16","operator":{"kind":"identity"},"noise":{"kind":"gaussian","sigma":0.2}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(dir, "state")
	if err := os.WriteFile(state, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--n", "3"}, "--n is 3; it must lie between 20 and 10000"},
		{[]string{"--samples", "18"}, "--samples is 18; ranks need at least 19 distinct draws"},
		{[]string{"--samples", "0"}, "--samples is 0; for images of 2 values"},
		{[]string{"--truth-steps", "2"}, "truth_steps is 2; it must lie between 8"},
		{[]string{"--truth", filepath.Join(dir, "none.json")}, "--truth: "},
		{[]string{"--truth", state}, "--truth: " + state + ": prior is missing"},
		{[]string{"--truth", other}, "calibrate: truth: has images [1,1,16]"},
		{[]string{"--state", state}, state + " is not the state of a "},
		{[]string{"--state", out}, "this is the place that --out names"},
		{[]string{"--problem", y}, `sigma is "auto", which follows from data`},
		{[]string{"--problem", filepath.Join(dir, "none.json")}, "none.json"},
		{[]string{"--method", "nosuch"}, "nosuch"},
		{[]string{"--config", `{"roundz":3}`}, "roundz"},
		{[]string{"--config", `{"smc":{"particles":1}}`, "--samples", "19"}, "of 19 draws are distinct; at least 19 must be"},
		{[]string{"extra"}, `"extra" is left over`},
	} {
		code, text, msg := tweedie(t, append([]string{"calibrate", "--problem", p, "--out", out}, c.args...)...)
		if code != 1 || text != "" || !strings.Contains(msg, c.want) || strings.Count(msg, "\n") != 1 {
			t.Errorf("%v: code %d, %q, %q; want %q", c.args, code, text, msg, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Fatalf("%v left a folder", c.args)
		}
	}
}
