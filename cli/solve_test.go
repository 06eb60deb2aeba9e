package cli

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// averaged is a forward model of images of 8x8 pixels.
const averaged = `{"kind":"block-average","rows":2,"cols":2}`

// shortSolve is a short solve of digits8 from y, with more arguments.
func shortSolve(y string, more ...string) []string {
	return append([]string{"solve", "--op", averaged, "--prior", "digits8", "--out", filepath.Join(filepath.Dir(y), "solution"), "--y", y, "--samples", "2", "--config", `{"rounds":4,"hold":1,"dds_steps":4}`}, more...)
}

// A state is not taken up under another operator, prior or noise, and the error says which of them differs.
func TestSolveStateOfAnotherRun(t *testing.T) {
	dir := t.TempDir()
	y := npy(t, dir, "y.npy", []int{1, 8, 8}, ramp)
	blur := func(std string) string {
		return `{"kind":"blur","boundary":"circular","gaussian":{"size":5,"std":` + std + `}}`
	}
	box := func(left string) string {
		return `{"kind":"inpaint","multiply":true,"box":{"top":2,"left":` + left + `,"height":3,"width":3}}`
	}
	other := filepath.Join(dir, "other.safetensors")
	must(t, "train", "--data", npy(t, dir, "set.npy", []int{12, 8, 8}, ramp), "--steps", "2", "--out", filepath.Join(dir, "run"),
		"--config", `{"network":{"channels":[4],"blocks":1,"heads":0},"train":{"batch":4}}`)
	if err := os.Rename(filepath.Join(dir, "run", "model.safetensors"), other); err != nil {
		t.Fatal(err)
	}
	methods := map[string][]string{
		"dpnp": {"--method", "dpnp"},
		"dpi":  {"--method", "dpi", "--config", `{"steps":4,"batch":2,"check":2,"family":{"kind":"diagonal"}}`},
	}
	for name, method := range methods {
		for _, c := range []struct {
			was, is []string
			want    string
		}{
			{[]string{"--op", blur("1")}, []string{"--op", blur("1.5")}, `operator is {"boundary":"circular","gaussian":{"size":5,"std":1}`},
			{[]string{"--op", box("2")}, []string{"--op", box("3")}, `operator is {"box":{"top":2,"left":2,"height":3`},
			{[]string{"--op", box("2")}, []string{"--op", box("2"), "--prior", other}, "prior's weights is SHA-256 "},
			{[]string{"--op", box("2")}, []string{"--op", box("2"), "--sigma", "0.2"}, "noise sigma is 0.1 in the state and 0.2 here"},
		} {
			state := filepath.Join(dir, name+"-state")
			run := func(args []string) []string {
				return append(append(shortSolve(y, "--sigma", "0.1", "--state", state), method...), args...)
			}
			must(t, run(c.was)...)
			must(t, run(c.was)...) // its own
			code, out, msg := tweedie(t, run(c.is)...)
			if code != 1 || out != "" || !strings.Contains(msg, "is the state of another run: ") || !strings.Contains(msg, c.want) || strings.Count(msg, "\n") != 1 {
				t.Errorf("%s %q: code %d, %q; want %q", name, c.is, code, msg, c.want)
			}
			if err := os.Remove(state); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Values that overflow end a run with the place where they did, and nothing is written over.
func TestSolveStopsAtTheFirstBadValue(t *testing.T) {
	dir := t.TempDir()
	y := npy(t, dir, "y.npy", []int{1, 4, 4}, ramp)
	huge := npy(t, dir, "huge.npy", []int{1, 4, 4}, func(int) float64 { return 1e38 })
	out := filepath.Join(dir, "out")
	must(t, shortSolve(y, "--sigma", "0.05", "--out", out)...)
	before, err := os.ReadFile(filepath.Join(out, "samples.npy"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{shortSolve(huge, "--sigma", "0.05"), "--y...huge.npy holds 1e+38 as entry 0...at most 1e+12"},
		{shortSolve(y, "--sigma", "1e-200"), "--sigma...1e-200; it must lie between"},
		{shortSolve(y, "--sigma", "0.05", "--config", `{"eta_max":1e300}`), "eta"},
		{shortSolve(y, "--sigma", "0.05", "--config", `{"levels":[-1]}`), "level"},
		{shortSolve(huge, "--sigma", "0.05", "--method", "red-diff", "--config", ""), "--y...huge.npy holds 1e+38 as entry 0"},
		{shortSolve(huge, "--sigma", "0.05", "--method", "dpi", "--config", `{"steps":4,"batch":2,"check":2}`), "--y...huge.npy holds 1e+38 as entry 0"},
	} {
		code, stdout, msg := tweedie(t, append(c.args, "--out", out)...)
		rest, ok := msg, true
		for _, want := range strings.Split(c.want, "...") {
			if _, rest, ok = strings.Cut(rest, want); !ok {
				t.Errorf("%q: no %q in %q", c.args, want, msg)
			}
		}
		if code != 1 || stdout != "" || strings.Contains(msg, "goroutine") {
			t.Errorf("%q: code %d, %q, %q", c.args, code, stdout, msg)
		}
		after, err := os.ReadFile(filepath.Join(out, "samples.npy"))
		if err != nil || string(after) != string(before) {
			t.Errorf("%q: the result of the run before was changed (%v)", c.args, err)
		}
	}
}

// Data on another scale, and a sigma far from theirs, are warned of on the terminal, in JSON and on the page.
func TestSolveWarnsOfMisfits(t *testing.T) {
	dir := t.TempDir()
	must(t, "sample", "--prior", "digits8", "--n", "1", "--seed", "3", "--out", dir)
	x, _ := floats(t, filepath.Join(dir, "samples.npy"))
	measure := func(name string, unit float64) string {
		return npy(t, dir, name, []int{1, 8, 8}, func(i int) float64 { return unit * (x[i] + .1*math.Sqrt2*math.Sin(float64(7*i*i))) })
	}
	y, bytes := measure("y.npy", 1), measure("bytes.npy", 255)
	const (
		annealed = `{"mode":"annealed","rounds":40,"hold":8,"eta_max":0.3,"eta_min":0.015,"dds_steps":16,"dds_tolerance":0,"sampler":"ddim"}`
		short    = `{"smc":{"particles":32,"rounds":1,"last_rounds":2}}`
	)
	for _, c := range []struct {
		y, sigma string
		config   string
		want     string // of the warning; "" for none
	}{
		{y, "0.1", `{}`, ""},
		{y, "0.1", annealed, ""},
		{bytes, "0.1", short, "likely causes: the units of the measurement, which goes from"},
		{bytes, "0.1", annealed, "likely causes: the units of the measurement, which goes from"},
		{bytes, "25", `{}`, "likely causes: the units of the measurement, which goes from"},
		{y, "1", `{}`, "sigma is too large, by a factor of about"},
	} {
		out := filepath.Join(dir, "out")
		args := []string{"solve", "--prior", "digits8", "--op", `{"kind":"identity"}`, "--y", c.y, "--sigma", c.sigma, "--samples", "4", "--config", c.config, "--out", out}
		terminal := must(t, args...)
		page, err := os.ReadFile(filepath.Join(out, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		results, err := os.ReadFile(filepath.Join(out, "results.json"))
		if err != nil {
			t.Fatal(err)
		}
		for where, text := range map[string]string{"the terminal": terminal, "report.html": string(page), "results.json": string(results)} {
			if c.want == "" && strings.Contains(text, "likely cause") || !strings.Contains(text, c.want) {
				t.Errorf("sigma %s: %s does not say %q:\n%.2000s", c.sigma, where, c.want, terminal)
			}
		}
		if all := strings.Contains(terminal, " passed, 0 failed\n"); all != (c.want == "") || !strings.Contains(terminal, "\nchecks: ") {
			t.Errorf("sigma %s: no count of checks, or a wrong one: %.2000s", c.sigma, terminal)
		}
		for _, want := range []string{`"verdicts": [`, `"state": "`, `"name": "chi² per measurement"`} {
			if !strings.Contains(string(results), want) {
				t.Errorf("sigma %s: results.json does not hold %s", c.sigma, want)
			}
		}
	}
}
