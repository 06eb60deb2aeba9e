package cli

import (
	"encoding/json"
	"image/png"
	"os"
	"strings"
	"testing"
)

// TestOpCheck: a good problem passes, with and without data, and one in other units fails with the cause; the answer is the
// same in words and as JSON.
func TestOpCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const parts = `{"prior":"digits8","operator":{"kind":"block-average","rows":2,"cols":2},"noise":{"kind":"gaussian","sigma":0.05}`
	write("plain.json", parts+`}`)
	write("good.json", parts+`,"data":[[0,0.3,0.5,0],[0,0.6,0.4,0],[0,0.1,0.7,0],[0,0.4,0.5,0.1]]}`)
	write("units.json", parts+`,"data":[[0,80,120,0],[0,150,100,0],[0,20,180,0],[0,100,120,20]]}`)
	for _, name := range []string{"plain.json", "good.json"} {
		out := must(t, "op", "check", name)
		for _, want := range []string{name + ": block-average", "ok    adjoint", "norm 0.5, condition 1, rank 16 of 16", "48 of 64 directions", "0 failed"} {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%s: no %q in\n%s", name, want, out)
			}
		}
		for line := range strings.Lines(out) {
			if len([]rune(line)) > 102 {
				t.Errorf("the line %q is long", line)
			}
		}
	}
	code, out, msg := tweedie(t, "op", "check", "units.json", "--png", "points.png")
	if code != 1 || !strings.Contains(out, "FAIL  data") || !strings.Contains(strings.Join(strings.Fields(out), " "), "the 255 levels of a picture") || !strings.Contains(msg, "checks failed: data") || strings.Count(msg, "\n") != 1 {
		t.Errorf("other units: code %d, %s%s", code, out, msg)
	}
	f, err := os.Open("points.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dx() < 3*160 || img.Bounds().Dy() < 3*160 {
		t.Errorf("the picture is %v (%v)", img, err)
	}
	code, out, _ = tweedie(t, "op", "check", "units.json", "--json")
	var got struct {
		OK     bool
		Norm   float64
		Checks []struct{ Name, Status, Cause string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 1 || got.OK || got.Norm < 0.499 || got.Norm > 0.501 || len(got.Checks) < 7 {
		t.Errorf("code %d, %+v (%v)", code, got, err)
	}
	for _, c := range got.Checks {
		if (c.Status == "fail") != (c.Name == "data") || (c.Cause != "") != (c.Name == "data") {
			t.Errorf("%+v", c)
		}
	}
	if code, _, msg := tweedie(t, "op", "check"); code != 1 || !strings.Contains(msg, "give a problem file") {
		t.Errorf("without a file: %d, %s", code, msg)
	}
	if code, _, msg := tweedie(t, "op", "check", "good.json", "--png", "none/points.png"); code != 1 || !strings.Contains(msg, "--png: nothing can be written") {
		t.Errorf("a folder that is not there: %d, %s", code, msg)
	}
}

// TestOpList: every kind is listed with its fields.
func TestOpList(t *testing.T) {
	out := must(t, "op", "list")
	for _, want := range []string{"operator  block-average   rows: integer, cols: integer", "operator  compose         ops: list of operator", "noise     gaussian        sigma: number, sigmas: list of number"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	var kinds []listedKind
	decodeInto(t, must(t, "op", "list", "--json"), &kinds)
	if len(kinds) < 10 || kinds[0].What != "operator" {
		t.Errorf("%+v", kinds)
	}
}

// TestSimulateFlag: --simulate draws from the prior or takes an image, as the fields of a problem file do.
func TestSimulateFlag(t *testing.T) {
	t.Chdir(t.TempDir())
	npy(t, ".", "x.npy", []int{1, 8, 8}, ramp)
	for flag, want := range map[string]string{"prior": `"prior": true`, "x.npy": "x.npy"} {
		out := must(t, "solve", "--prior", "digits8", "--simulate", flag, "--dry-run", "--method", "red-diff", "--config", `{"steps":2}`, "--samples", "1")
		if !strings.Contains(out, want) || !strings.Contains(out, `"norm": 0.5`) || !strings.Contains(out, `"evaluations": 2,`) {
			t.Errorf("%s: %s", flag, out)
		}
	}
	for want, args := range map[string][]string{
		"--simulate excludes --y and --image": {"--simulate", "prior", "--y", "x.npy"},
		"--simulate: none.npy: no such file":  {"--simulate", "none.npy"},
	} {
		if code, _, msg := tweedie(t, append([]string{"solve", "--prior", "digits8"}, args...)...); code != 1 || !strings.Contains(msg, want) {
			t.Errorf("%q: code %d, %s", args, code, msg)
		}
	}
}
