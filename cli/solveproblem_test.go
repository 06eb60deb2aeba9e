package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/dpnp"
	"tweedie/problem"
)

// TestProblemEqualsFlags: every flag is a field of a problem file. Both give the same samples, bit for bit, and so do a
// file whose field a flag replaces, a dry run's output, and the problem in results.json.
func TestProblemEqualsFlags(t *testing.T) {
	dir := t.TempDir()
	npy(t, dir, "y.npy", []int{1, 4, 4}, ramp)
	npy(t, dir, "x.npy", []int{1, 8, 8}, ramp)
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	samples := func(args ...string) string {
		t.Helper()
		out := filepath.Join(t.TempDir(), "out")
		must(t, append(append([]string{"solve"}, args...), "--out", out)...)
		raw, err := os.ReadFile(filepath.Join(out, "samples.npy"))
		if err != nil {
			t.Fatal(err)
		}
		var results struct{ Problem json.RawMessage }
		text, err := os.ReadFile(filepath.Join(out, "results.json"))
		if err != nil {
			t.Fatal(err)
		}
		decodeInto(t, string(text), &results)
		file("again.json", string(results.Problem))
		return string(raw)
	}
	const op = `{"kind":"inpaint","multiply":true,"box":{"top":2,"left":2,"height":3,"width":3}}`
	const short = `{"rounds":4,"hold":1,"dds_steps":4}`
	whole := func(data, sigma, method string) string {
		return `{"prior":"digits8","operator":` + op + `,"noise":{"kind":"gaussian","sigma":` + sigma + `},` + data + `,"method":` + method + `,"samples":3,"seed":5}`
	}
	base := []string{"--prior", "digits8", "--op", op, "--samples", "3", "--seed", "5"}
	x := filepath.Join(dir, "x.npy")
	for name, c := range map[string]struct {
		flags []string
		file  string
	}{
		"simulation": {append(base, "--image", x, "--sigma", "0.1", "--config", short), whole(`"simulate":{"image":"x.npy"}`, "0.1", `{"kind":"dpnp","rounds":4,"hold":1,"dds_steps":4}`)},
		"data":       {append(base, "--y", x, "--sigma", "0.3", "--method", "red-diff"), whole(`"data":"x.npy"`, "0.3", `{"kind":"red-diff"}`)},
		"dpi": {append(base, "--y", x, "--sigma", "0.3", "--method", "dpi", "--config", `{"steps":4,"batch":2,"check":2,"family":{"kind":"diagonal"}}`),
			whole(`"data":"x.npy"`, "0.3", `{"kind":"dpi","steps":4,"batch":2,"check":2,"family":{"kind":"diagonal"}}`)},
	} {
		want := samples(c.flags...)
		dry := file("flags.json", must(t, append(append([]string{"solve"}, c.flags...), "--dry-run")...))
		rerun := file("kept.json", func() string { b, _ := os.ReadFile(filepath.Join(dir, "again.json")); return string(b) }())
		for how, path := range map[string]string{"problem file": file("problem.json", c.file), "dry run": dry, "results.json": rerun} {
			if samples("--problem", path) != want {
				t.Errorf("%s: the samples of the %s are others than those of the flags", name, how)
			}
		}
		other := file("other.json", strings.NewReplacer(`"samples":3`, `"samples":2`, `"seed":5`, `"seed":6`, `"sigma":0.1`, `"sigma":7`, `"sigma":0.3`, `"sigma":7`,
			`"top":2`, `"top":3`, `"rounds":4`, `"rounds":5`, `"x.npy"`, `"y.npy"`).Replace(c.file))
		if samples(append([]string{"--problem", other}, c.flags[2:]...)...) != want {
			t.Errorf("%s: flags beside a file do not replace its fields", name)
		}
	}
}

// TestSolveDryRun prints everything and writes nothing.
func TestSolveDryRun(t *testing.T) {
	t.Chdir(t.TempDir())
	npy(t, ".", "y.npy", []int{1, 4, 4}, ramp)
	var got map[string]any
	decodeInto(t, must(t, "solve", "--op", averaged, "--prior", "digits8", "--y", "y.npy", "--sigma", "0.1", "--dry-run"), &got)
	for _, field := range []string{"prior", "operator", "noise", "data", "range", "method", "samples", "seed", "about"} {
		if got[field] == nil {
			t.Errorf("no %s in %v", field, got)
		}
	}
	if about := got["about"].(map[string]any); about["measurements"] != 16. || about["pixels"] != 64. || !reflect.DeepEqual(about["image"], []any{1., 8., 8.}) {
		t.Errorf("about is %v", about)
	}
	if method := got["method"].(map[string]any); method["mode"] != "auto" || method["rounds"] != 0. || method["eta_max"] != 0. {
		t.Errorf("method is %v", method)
	}
	if about := got["about"].(map[string]any)["method"]; !strings.Contains(fmt.Sprint(about), "0 follow from the problem") {
		t.Errorf("zeros are explained by %q", about)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

// TestProblemMistakes: an error names the file of a field, or the flag that replaced it.
func TestProblemMistakes(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	npy(t, dir, "y.npy", []int{1, 4, 4}, ramp)
	good := `{"prior":"digits8","operator":{"kind":"block-average","rows":2,"cols":2},"noise":{"kind":"gaussian","sigma":0.05},"data":"y.npy"`
	for _, c := range []struct {
		text, want string
		flags      []string
	}{
		{good + `,"sampels":3}`, "problem.json: sampels is unknown; did you mean samples?", nil},
		{good + `,"samples":0}`, "problem.json: samples is 0", nil},
		{good + `}`, "--samples is 0; for images of 64 values it must lie between 1 and", []string{"--samples", "0"}},
		{good + `}`, "--op: block-average: rows is 3; it must divide", []string{"--op", `{"kind":"block-average","rows":3,"cols":2}`}},
		{good + `}`, "--method is \"dmp\"; it must be", []string{"--method", "dmp"}},
		{good + `}`, "--config: rouns is unknown; did you mean rounds?", []string{"--config", `{"rouns":2}`}},
		{good + `}`, "--class is 3; digits8 has no classes", []string{"--class", "3"}},
		{good + `,"method":{"kind":"dpnp","rouns":2}}`, "problem.json: method: rouns is unknown", nil},
		{good + `}`, "--y: none.npy: no such file", []string{"--y", "none.npy"}},
		{good + `}`, "--state: red-diff keeps no state", []string{"--state", "st", "--method", "red-diff"}},
		{"", "problem.json is empty", nil},
	} {
		if err := os.WriteFile("problem.json", []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		code, out, msg := tweedie(t, append([]string{"solve", "--problem", "problem.json", "--out", "out"}, c.flags...)...)
		if code != 1 || out != "" || !strings.Contains(msg, c.want) || strings.Count(msg, "\n") != 1 || isDir("out") {
			t.Errorf("%s %q: code %d, %q; want one line with %q", c.text, c.flags, code, msg, c.want)
		}
	}
	if code, _, msg := tweedie(t, "solve", "--problem", "gone.json"); code != 1 || !strings.Contains(msg, "--problem: gone.json: no such file") {
		t.Errorf("code %d, %q", code, msg)
	}
}

// The library and the command give the same answer for the same problem, and both show what the method's zeros became.
func TestSolveEqualsTheLibrary(t *testing.T) {
	dir := t.TempDir()
	y := npy(t, dir, "y.npy", []int{1, 4, 4}, ramp)
	args := []string{"--op", averaged, "--prior", "digits8", "--y", y, "--sigma", "0.1", "--samples", "3", "--seed", "5"}
	out := filepath.Join(dir, "out")
	must(t, append([]string{"solve", "--out", out}, args...)...)
	got, _ := floats(t, filepath.Join(out, "samples.npy"))
	var results struct {
		Result struct {
			Evaluations int64     `json:"network_evaluations"`
			Config      dpnp.DPnP `json:"config"`
			Notes       []string  `json:"notes"`
		}
	}
	text, err := os.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	decodeInto(t, string(text), &results)

	file := filepath.Join(dir, "problem.json")
	if err := os.WriteFile(file, []byte(must(t, append([]string{"solve", "--dry-run"}, args...)...)), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := problem.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.Method, infer.Method(dpnp.Default())) {
		t.Errorf("the method of the command is %+v", p.Method)
	}
	want, err := dpnp.Default().Solve(t.Context(), p.Problem, infer.Run{Samples: 3, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, slices.Concat(want.Samples...)) {
		t.Error("the samples of the command are not those of the library")
	}
	r := results.Result
	if m := r.Config; !reflect.DeepEqual(m, want.Config) || m.Mode != dpnp.SMCMode || m.EtaMin == 0 || m.SMC.Particles == 0 || r.Evaluations != want.Evaluations || !slices.Equal(r.Notes, want.Notes) {
		t.Errorf("the command says %+v, the library %+v, %d, %q", r, want.Config, want.Evaluations, want.Notes)
	}
}
