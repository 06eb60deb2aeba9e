package cli

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tweedie/checkpoints"
	"tweedie/internal/quality"
	"tweedie/prior/training"
	"tweedie/report"
)

// A network of a few thousand weights and steps of a few milliseconds.
const tinyTraining = `{"network":{"channels":[4],"blocks":1,"heads":0},"train":{"batch":8,"save_every":64,"eval_every":64,"eval_batches":1,"log_every":64}}`

// waves writes n images [2,20,28].
func waves(t *testing.T, dir string, n int) string {
	return npy(t, dir, "waves.npy", []int{n, 2, 20, 28}, func(i int) float64 {
		return .5 + .4*math.Sin(float64(i%28)/3+.7*float64(i/560)+float64(i/28%20)/4)
	})
}

// weightBytes returns the bytes of all tensors of a file, in order, without its metadata.
func weightBytes(t *testing.T, path string) []byte {
	t.Helper()
	f, err := checkpoints.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all bytes.Buffer
	for _, x := range f.Tensors() {
		raw, err := x.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(x.Name)
		all.Write(raw)
	}
	return all.Bytes()
}

// A prior of images that are neither square nor gray is trained, drawn from, inverted with, and scored.
func TestTrainAndUse(t *testing.T) {
	dir := t.TempDir()
	images, out := waves(t, dir, 30), filepath.Join(dir, "run")
	train := []string{"train", "--data", images, "--config", tinyTraining, "--steps", "24", "--out", out}
	if text := must(t, append(train, "--dry-run")...); !strings.Contains(text, `"sigma_data"`) || isDir(out) {
		t.Errorf("--dry-run made %s, or printed\n%s", out, text)
	}
	var res struct {
		Step    int
		Loss    float64
		HeldOut float64 `json:"held_out"`
	}
	decodeInto(t, must(t, append(train, "--json")...), &res)
	if res.Step != 24 || !(res.Loss > 0) || !(res.HeldOut > 0) {
		t.Fatalf("trained: %+v", res)
	}
	for _, name := range []string{"state.safetensors", "model.safetensors", "stats.jsonl", "previews/000024.png"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
	if code, _, msg := tweedie(t, append(train, "--seed", "5")...); code != 1 || !strings.Contains(msg, "seed = 0 and this one 5") || !strings.Contains(msg, "--fresh") {
		t.Errorf("another seed in the same folder: code %d, %q", code, msg)
	}

	model, state := filepath.Join(out, "model.safetensors"), filepath.Join(out, "state.safetensors")
	var info struct {
		Provenance struct{ Outcome training.Outcome }
	}
	decodeInto(t, must(t, "zoo", "info", model), &info)
	if got := info.Provenance.Outcome; got.HeldOut != res.HeldOut || got.Loss != res.Loss || got.Images != 24*8 {
		t.Errorf("the file says of its training %+v, the command %+v", got, res)
	}
	draw := func(prior, name string, args ...string) string {
		must(t, append([]string{"sample", "--prior", prior, "--n", "3", "--sampler", `{"kind":"heun","steps":6}`, "--out", filepath.Join(dir, name)}, args...)...)
		raw, err := os.ReadFile(filepath.Join(dir, name, "samples.npy"))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	one := func() string { defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)); return draw(model, "one") }()
	two := func() string { defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)); return draw(model, "two") }()
	if one != two {
		t.Error("samples.npy depends on GOMAXPROCS")
	}
	if draw(model, "single", "--batch", "1") != one {
		t.Error("samples.npy depends on --batch")
	}
	if draw(state, "state") != one {
		t.Error("a training state is another prior than the averaged weights made of it")
	}
	if draw(model, "seed", "--seed", "1") == one {
		t.Error("samples.npy does not depend on --seed")
	}

	var rows []quality.Density
	decodeInto(t, must(t, "logprob", "--prior", model, "--images", images, "--n", "2", "--json", "--flow",
		`{"kind":"flow-density","probes":1,"solver":"rk4","steps":8}`), &rows)
	if len(rows) != 2 || rows[0].StdErr != nil || math.IsNaN(rows[0].LogProb) {
		t.Errorf("densities %+v", rows)
	}
	must(t, "logprob", "--prior", model, "--images", filepath.Join(dir, "one", "samples.npy"), "--n", "1", "--flow", `{"kind":"flow-density","probes":1,"solver":"rk4","steps":4}`)

	y := npy(t, dir, "y.npy", []int{2, 10, 14}, half)
	for method, config := range map[string]string{"dpnp": `{"rounds":2,"hold":0}`, "dpi": `{"steps":2,"batch":4,"check":4}`, "red-diff": `{"steps":3}`} {
		got := filepath.Join(dir, method)
		text := must(t, "solve", "--op", averaged, "--prior", model, "--y", y, "--sigma", "0.05", "--method", method, "--config", config, "--samples", "1", "--out", got)
		if !strings.Contains(text, filepath.Join(got, "report.html")) {
			t.Errorf("%s printed\n%s", method, text)
		}
		if _, shape := floats(t, filepath.Join(got, "samples.npy")); len(shape) != 4 || shape[3] != 28 {
			t.Errorf("%s: samples of shape %v", method, shape)
		}
	}
}

// soon returns a context that is cancelled once a file exists.
func soon(t *testing.T, file string) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(file); err == nil {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return ctx
}

// A training run that is interrupted says so with code 130, has saved, and goes on to the weights of one that never
// stopped.
func TestInterruptedTraining(t *testing.T) {
	dir := t.TempDir()
	images := waves(t, dir, 30)
	train := func(out string) []string {
		return []string{"train", "--data", images, "--config", tinyTraining, "--steps", "120", "--out", filepath.Join(dir, out)}
	}
	must(t, train("whole")...)
	code, _, msg := tweedieIn(t, soon(t, filepath.Join(dir, "parts", "state.safetensors")), train("parts")...)
	if code != 130 || !strings.Contains(msg, "interrupted; what was done so far is saved") {
		t.Fatalf("code %d, %q", code, msg)
	}
	if code, _, msg = tweedie(t, train("parts")...); code != 0 || !strings.Contains(msg, "resuming") {
		t.Fatalf("code %d, %q", code, msg)
	}
	for _, name := range []string{"model.safetensors", "state.safetensors"} {
		if !bytes.Equal(weightBytes(t, filepath.Join(dir, "whole", name)), weightBytes(t, filepath.Join(dir, "parts", name))) {
			t.Errorf("%s differs after an interruption", name)
		}
	}
}

// An interrupted solve gives what it has, marks it, and goes on from its state to the samples of an uninterrupted one.
func TestInterruptedSolve(t *testing.T) {
	dir := t.TempDir()
	y := npy(t, dir, "y.npy", []int{1, 4, 4}, ramp)
	state := filepath.Join(dir, "state")
	solve := func(out string) []string {
		return []string{"solve", "--op", averaged, "--y", y, "--sigma", "0.05", "--samples", "2", "--config", `{"rounds":30,"hold":0}`, "--state", state, "--out", filepath.Join(dir, out)}
	}
	code, _, msg := tweedieIn(t, soon(t, state), solve("a")...)
	if code != 130 || !strings.Contains(msg, "interrupted; what was done so far is saved") {
		t.Fatalf("code %d, %q", code, msg)
	}
	for _, name := range []string{"report.html", "results.json"} {
		raw, err := os.ReadFile(filepath.Join(dir, "a", name))
		if err != nil || !strings.Contains(string(raw), report.CutShort) {
			t.Errorf("%s of an interrupted run does not say so (%v)", name, err)
		}
	}
	if code, _, msg := tweedie(t, append(solve("a"), "--sigma", "0.2")...); code != 1 || !strings.Contains(msg, "state of another run") {
		t.Errorf("another run's state: code %d, %q", code, msg)
	}
	must(t, solve("a")...)
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	must(t, solve("b")...)
	a, _ := floats(t, filepath.Join(dir, "a", "samples.npy"))
	b, _ := floats(t, filepath.Join(dir, "b", "samples.npy"))
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("value %d is %g after an interruption and %g without", i, a[i], b[i])
		}
	}
}

// With nothing held out a run trains all the same, and says that it measured no held-out loss.
func TestTrainWithoutValidation(t *testing.T) {
	dir := t.TempDir()
	out := must(t, "train", "--data", waves(t, dir, 12), "--steps", "3", "--out", filepath.Join(dir, "run"),
		"--config", `{"data":{"validation":0},"network":{"channels":[4],"blocks":1,"heads":0},"train":{"batch":4,"warmup_steps":1,"eval_every":4}}`)
	if !strings.Contains(out, "held-out loss not measured") {
		t.Errorf("it printed %q", out)
	}
}

// A run is not resumed on other images, even if they are as many and have the same mean and deviation.
func TestTrainOnOtherImages(t *testing.T) {
	dir := t.TempDir()
	set := func(name string, shift int) string {
		return npy(t, dir, name, []int{12, 8, 8}, func(i int) float64 { return ramp(i + shift) })
	}
	train := func(data string) []string {
		return []string{"train", "--data", data, "--steps", "2", "--out", filepath.Join(dir, "run"),
			"--config", `{"data":{"validation":0},"network":{"channels":[4],"blocks":1,"heads":0},"train":{"batch":4}}`}
	}
	a, b := set("a.npy", 0), set("b.npy", 16*5+3)
	must(t, train(a)...)
	must(t, train(a)...)
	code, _, msg := tweedie(t, train(b)...)
	if code != 1 || !strings.Contains(msg, "the saved run has image set = 12 of hash ") || !strings.Contains(msg, "--fresh starts anew") {
		t.Errorf("code %d, %q", code, msg)
	}
}
