package cli

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/prior"
	"tweedie/zoo"
)

// scoreCase returns a path in the folder of one network of score_sde or score_prior; see the README of that folder.
func scoreCase(name, file string) string {
	return filepath.Join("../families/scoresde/testdata", name, file)
}

// scoreArguments returns the flags of ckpt apply for a case, writing to dir.
func scoreArguments(name, file, dir string) []string {
	return []string{"apply", "--checkpoint", scoreCase(name, file), "--config", scoreCase(name, "config.json"),
		"--x", scoreCase(name, "x.npy"), "--t", scoreCase(name, "labels.npy"), "--out", filepath.Join(dir, "out.npy"),
		"--probe", scoreCase(name, "probe.npy"), "--grad", filepath.Join(dir, "gradx.npy")}
}

// The original files of score_sde and score_prior through the command give what the original gave.
func TestApplyScoreSDE(t *testing.T) {
	for _, c := range []struct {
		name, file, family string
		gradient           float64
		more               []string
	}{
		{"score_sde/ddpm_vp_discrete", "checkpoint_8.pth", "score_sde", 1e-4, nil},
		{"score_sde/ddpmpp_vp_continuous", "checkpoint_8.pth", "score_sde", 1e-4, nil},
		{"score_sde/ncsnpp_ve_continuous", "checkpoint_8.pth", "score_sde", 1e-3, nil},
		{"score_prior/ncsnpp_vp_default", "checkpoint_100000", "score_prior", 1e-4, []string{"--nhwc"}},
	} {
		dir := t.TempDir()
		compare := func(file, want string, tolerance float64) {
			t.Helper()
			got, shape := values(t, filepath.Join(dir, file))
			v, wantShape := values(t, scoreCase(c.name, want))
			if d := apart(t, got, v); !(d <= tolerance) || !slices.Equal(shape, wantShape) {
				t.Errorf("%s: %s is %g off, shape %v; want %g, %v", c.name, want, d, shape, tolerance, wantShape)
			}
		}
		for _, more := range [][]string{nil, {"--family", c.family}} {
			if code, _, err := ckptVerb(t, slices.Concat(scoreArguments(c.name, c.file, dir), c.more, more)...); code != 0 {
				t.Fatalf("%s: %s", c.name, err)
			}
			compare("out.npy", "out.npy", 2e-5)
			compare("gradx.npy", "gradx.npy", c.gradient)
		}
		if c.family != "score_sde" {
			continue
		}
		if code, _, err := ckptVerb(t, append(scoreArguments(c.name, c.file, dir), "--raw-weights")...); code != 0 {
			t.Fatalf("%s: %s", c.name, err)
		}
		compare("out.npy", "out_model_weights.npy", 2e-5)
	}
}

// A converted network of score_sde is a prior that is sampled from; its file evaluates as the original.
func TestConvertScoreSDE(t *testing.T) {
	const name, file = "score_sde/ncsnpp_ve_continuous", "checkpoint_8.pth"
	dir := t.TempDir()
	out := filepath.Join(dir, "prior.safetensors")
	code, said, err := ckptVerb(t, "convert", "--checkpoint", scoreCase(name, file), "--config", scoreCase(name, "config.json"), "--out", out, "--size", "8,8", "--zstd")
	if code != 0 || !strings.Contains(said, "score_sde") || !strings.Contains(said, `"kind":"ve"`) {
		t.Fatal(said, err)
	}
	p, e := zoo.Open(out, prior.Options{})
	if e != nil {
		t.Fatal(e)
	}
	if p.Info.Step != 1234 || !p.Info.EMA {
		t.Errorf("step %d, averaged %v; want 1234 and true", p.Info.Step, p.Info.EMA)
	}
	if p.Params != 48755 || p.Info.Architecture != "score_sde" || p.Spec.Affine.ToPhysical(1) != 1 || p.Spec.Affine.ToPhysical(0) != 0 {
		t.Errorf("%s: %+v", p.Summary(), p.Spec)
	}
	var stdout, stderr bytes.Buffer
	if run(t.Context(), []string{"sample", "--prior", out, "--n", "1", "--sampler", `{"kind":"heun","steps":2}`, "--out", filepath.Join(dir, "s")}, &stdout, &stderr) != 0 {
		t.Fatal(stderr.String())
	}
	if v, shape := values(t, filepath.Join(dir, "s", "samples.npy")); !slices.Equal(shape, []int{1, 3, 8, 8}) || v[0] != v[0] {
		t.Errorf("samples of shape %v, the first value is %v", shape, v[0])
	}
	a := scoreArguments(name, file, dir)
	a[slices.Index(a, "--checkpoint")+1] = out
	i := slices.Index(a, "--config")
	if code, _, err := ckptVerb(t, slices.Delete(a, i, i+2)...); code != 0 {
		t.Fatal(err)
	}
	got, _ := values(t, filepath.Join(dir, "out.npy"))
	want, _ := values(t, scoreCase(name, "out.npy"))
	if d := apart(t, got, want); !(d <= 2e-5) {
		t.Errorf("the converted file is %g off", d)
	}
}

// What does not fit is explained, and inspect lists it.
func TestScoreSDEThroughTheCommand(t *testing.T) {
	const name, file = "score_sde/ncsnpp_ve_continuous", "checkpoint_8.pth"
	dir := t.TempDir()
	with := func(flag, value string) []string {
		a := scoreArguments(name, file, dir)
		if i := slices.Index(a, flag); i >= 0 {
			a[i+1] = value
			return a
		}
		return append(a, flag, value)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"do not describe themselves", slices.DeleteFunc(scoreArguments(name, file, dir), func(s string) bool { return s == "--config" || strings.HasSuffix(s, ".json") })},
		{"wrong shape", with("--config", scoreCase("score_sde/ddpmpp_vp_continuous", "config.json"))},
		{"the tensors are those of score_sde", with("--family", "score_prior")},
		{"the network has no classes", with("--labels", scoreCase(name, "t.npy"))},
		{"--x", with("--x", scoreCase(name, "t.npy"))},
		{"want 3 channels", append(scoreArguments(name, file, dir), "--nhwc")},
		{"labels are noise levels", with("--t", zeros(t, dir))},
	} {
		code, _, err := ckptVerb(t, c.args...)
		if code != 1 || !strings.Contains(err, c.want) {
			t.Errorf("%v: code %d, error %q does not say %q", c.args, code, err, c.want)
		}
	}
	code, out, err := ckptVerb(t, "inspect", scoreCase(name, file), "--config", scoreCase("score_sde/ddpmpp_vp_continuous", "config.json"))
	if code != 0 || !strings.Contains(out, "wrong shape") || !strings.Contains(out, "family score_sde") {
		t.Errorf("code %d, %s", code, err)
	}
	code, out, err = ckptVerb(t, "inspect", scoreCase(name, file), "--config", scoreCase(name, "config.json"))
	if code != 0 || strings.Contains(out, "problem") || !strings.Contains(out, "48755 parameters") {
		t.Errorf("code %d, %s", code, err)
	}
}

// zeros writes a file with two zeros.
func zeros(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "zeros.npy")
	if err := checkpoints.SaveNPY(path, checkpoints.FromFloat64("", []int{2}, make([]float64, 2))); err != nil {
		t.Fatal(err)
	}
	return path
}
