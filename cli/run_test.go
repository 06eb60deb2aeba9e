package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/internal/bench"
	"tweedie/internal/build"
	"tweedie/internal/ckpt"
	"tweedie/internal/quality"
	"tweedie/prior"
)

// tweedie runs the command in this process; the context is not cancelled.
func tweedie(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return tweedieIn(t, t.Context(), args...)
}

func tweedieIn(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(ctx, args, &out, &err)
	return code, out.String(), err.String()
}

// must runs the command and returns what it prints; failure ends the test.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, err := tweedie(t, args...)
	if code != 0 {
		t.Fatalf("tweedie %s: code %d\n%s", strings.Join(args, " "), code, err)
	}
	return out
}

// npy writes an array and returns its path.
func npy(t *testing.T, dir, name string, shape []int, value func(i int) float64) string {
	t.Helper()
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float64, n)
	for i := range v {
		v[i] = value(i)
	}
	path := filepath.Join(dir, name)
	if err := checkpoints.SaveNPY(path, checkpoints.FromFloat64(name, shape, v)); err != nil {
		t.Fatal(err)
	}
	return path
}

func half(int) float64 { return .5 }

// ramp has values between 0 and 1.
func ramp(i int) float64 { return float64(i*7%16) / 16 }

// floats reads an array.
func floats(t *testing.T, path string) (values []float64, shape []int) {
	t.Helper()
	a, err := checkpoints.ReadArray(path)
	if err != nil {
		t.Fatal(err)
	}
	if values, err = a.Float64s(); err != nil {
		t.Fatal(err)
	}
	return values, a.Shape
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func TestListsAndInspections(t *testing.T) {
	if got, want := must(t, "--version"), "tweedie version "+build.Version()+"\n"; got != want {
		t.Errorf("--version prints %q, want %q", got, want)
	}
	if out := must(t); !strings.Contains(out, "tweedie demo") {
		t.Errorf("without arguments it does not say how to start:\n%s", out)
	}
	if out := must(t, "zoo", "list"); strings.Count(out, "\n") < len(prior.Names())+30 || !strings.Contains(out, "closed form on [1,1,2]") {
		t.Errorf("zoo list:\n%s", out)
	}
	var lines []listed
	decodeInto(t, must(t, "zoo", "list", "--json"), &lines)
	var info struct {
		Name         string
		Architecture string
		Spec         struct{ Shape []int }
	}
	decodeInto(t, must(t, "zoo", "info", "digits8"), &info)
	if len(lines) < len(prior.Names())+30 || info.Name != "digits8" || info.Architecture != "conv-score" || len(info.Spec.Shape) != 3 {
		t.Errorf("zoo: %+v, %+v", lines, info)
	}
	var h bench.Health
	decodeInto(t, must(t, "doctor", "--json"), &h)
	if h.Kernels == "" || h.Processes < 1 || h.GFLOPS["256"] <= 0 {
		t.Errorf("doctor: %+v", h)
	}
	if out := must(t, "doctor"); !strings.Contains(out, "kernels       "+h.Kernels) {
		t.Errorf("doctor:\n%s", out)
	}
	path := npy(t, t.TempDir(), "a.npy", []int{2, 3}, ramp)
	var in ckpt.Inspection
	decodeInto(t, must(t, "ckpt", "inspect", path, "--json"), &in)
	if in.Values != 6 || len(in.Tensors) != 1 || in.Tensors[0].Type != "F64" {
		t.Errorf("ckpt inspect: %+v", in)
	}
	if out := must(t, "ckpt", "inspect", path); !strings.Contains(out, "6 values, types F64") {
		t.Errorf("ckpt inspect:\n%s", out)
	}
	for _, c := range newRoot(&options{}).Commands() {
		if out := must(t, c.Name(), "--help"); !strings.Contains(out, "--json") {
			t.Errorf("%s --help:\n%s", c.Name(), out)
		}
	}
}

func TestSampleSolveLogprobOfAClosedForm(t *testing.T) {
	dir := t.TempDir()
	var drawn struct{ Images int }
	decodeInto(t, must(t, "sample", "--prior", "ring16", "--n", "5", "--seed", "3", "--json", "--out", dir), &drawn)
	x, shape := floats(t, filepath.Join(dir, "samples.npy"))
	if drawn.Images != 5 || len(x) != 80 || len(shape) != 4 || shape[0] != 5 {
		t.Fatalf("%+v, %d values, shape %v", drawn, len(x), shape)
	}
	var rows []quality.Density
	decodeInto(t, must(t, "logprob", "--prior", "ring16", "--images", filepath.Join(dir, "samples.npy"), "--json"), &rows)
	if len(rows) != 5 || rows[0].StdErr != 0.0 || math.IsNaN(rows[0].LogProb) || rows[0].LogProb == rows[1].LogProb {
		t.Errorf("densities %+v", rows)
	}
	y := npy(t, dir, "y.npy", []int{1}, half)
	out := must(t, "solve", "--prior", "toy2d", "--op", `{"kind":"dense","rows":1,"data":[-2,1.7]}`, "--y", y, "--sigma", "0.2",
		"--samples", "4", "--config", `{"rounds":4,"hold":2}`, "--out", filepath.Join(dir, "s"))
	if !strings.Contains(out, "4 samples") {
		t.Errorf("solve:\n%s", out)
	}
}

// TestSolveOfWeightedDraws: a method that weighs its draws says why it does and how probable the data are, and saves the draws
// with their weights; a result of another method in the same folder takes them away.
func TestSolveOfWeightedDraws(t *testing.T) {
	dir := t.TempDir()
	args := []string{"solve", "--prior", "toy2d", "--op", `{"kind":"dense","rows":1,"data":[-2,1.7]}`, "--y", npy(t, dir, "y.npy", []int{1}, half), "--sigma", "0.2",
		"--samples", "64", "--out", filepath.Join(dir, "s")}
	out := must(t, args...)
	for _, want := range []string{"64 samples", "note: sequential Monte Carlo, because 1 data", "log evidence", " ± ", "levels of sequential Monte Carlo"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "s", "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Note: sequential Monte Carlo", "log evidence", "&#34;particles&#34;: 64"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %q on the page", want)
		}
	}
	x, shape := floats(t, filepath.Join(dir, "s", "weighted.npy"))
	w, _ := floats(t, filepath.Join(dir, "s", "weights.npy"))
	sum := 0.0
	for _, v := range w {
		sum += v
	}
	if len(w) < 64 || shape[0] != len(w) || len(x) != 2*len(w) || math.Abs(sum-1) > 1e-6 {
		t.Errorf("%d weights with the sum %g of draws of shape %v", len(w), sum, shape)
	}
	must(t, append(args, "--method", "red-diff")...)
	for _, name := range []string{"weighted.npy", "weights.npy"} {
		if _, err := os.Stat(filepath.Join(dir, "s", name)); err == nil {
			t.Errorf("%s of the former result is still there", name)
		}
	}
}

func decodeInto(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}
