package cli

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// edmFile is a path in the folder of one network of EDM; see the README of that folder.
func edmFile(name, file string) string { return filepath.Join("../families/edm/testdata", name, file) }

const edmSnapshot = "network-snapshot-000123.pkl"

// Snapshots of EDM through the command give what the original gave, with and without a configuration; and so do their
// tensors alone.
func TestApplyEDM(t *testing.T) {
	for _, c := range []struct {
		name     string
		gradient float64
		labels   bool
	}{{"song_ddpmpp_edm_cond", 1e-4, true}, {"song_ncsnpp_ve", 1e-3, false}, {"dhariwal_edm_cond", 1e-4, true}} {
		dir := t.TempDir()
		plain := filepath.Join(dir, "plain.safetensors")
		if code, _, err := ckptVerb(t, "convert", "--checkpoint", edmFile(c.name, edmSnapshot), "--plain", "--out", plain); code != 0 {
			t.Fatal(err)
		}
		config := []string{"--config", edmFile(c.name, "config.json")}
		for _, file := range [][]string{{edmFile(c.name, edmSnapshot)}, slices.Concat([]string{edmFile(c.name, edmSnapshot), "--family", "edm"}, config), slices.Concat([]string{plain}, config)} {
			args := slices.Concat([]string{"apply", "--checkpoint"}, file, []string{"--x", edmFile(c.name, "x.npy"), "--t", edmFile(c.name, "t.npy"),
				"--out", filepath.Join(dir, "out.npy"), "--probe", edmFile(c.name, "probe.npy"), "--grad", filepath.Join(dir, "gradx.npy")})
			if c.labels {
				args = append(args, "--labels", edmFile(c.name, "class_labels.npy"))
			}
			if code, _, err := ckptVerb(t, args...); code != 0 {
				t.Fatalf("%s: %s", c.name, err)
			}
			for name, tolerance := range map[string]float64{"out.npy": 2e-5, "gradx.npy": c.gradient} {
				got, shape := values(t, filepath.Join(dir, name))
				v, wantShape := values(t, edmFile(c.name, name))
				if d := apart(t, got, v); !(d <= tolerance) || !slices.Equal(shape, wantShape) {
					t.Errorf("%s: %s is %g off, shape %v; want %g, %v", c.name, name, d, shape, tolerance, wantShape)
				}
			}
		}
		if code, _, err := ckptVerb(t, "apply", "--checkpoint", plain, "--x", edmFile(c.name, "x.npy"), "--t", edmFile(c.name, "t.npy"), "--out", filepath.Join(dir, "no.npy")); code == 0 || !strings.Contains(err, "does not describe itself") {
			t.Errorf("a state dict without a configuration: %s", err)
		}
	}
}

// A snapshot is a prior as it is, of one class where it has some.
func TestSampleEDM(t *testing.T) {
	dir := t.TempDir()
	sample := func(name, more string) (int, string) {
		var stdout, stderr bytes.Buffer
		args := []string{"sample", "--prior", edmFile(name, edmSnapshot), "--n", "1", "--sampler", `{"kind":"heun","steps":3}`, "--out", filepath.Join(dir, name+more)}
		if more != "" {
			args = append(args, "--class", more)
		}
		return run(t.Context(), args, &stdout, &stderr), stderr.String()
	}
	drawn := map[string][]float64{}
	for _, class := range []string{"0", "3"} {
		if code, err := sample("dhariwal_edm_cond", class); code != 0 {
			t.Fatal(err)
		}
		v, shape := values(t, filepath.Join(dir, "dhariwal_edm_cond"+class, "samples.npy"))
		if drawn[class] = v; !slices.Equal(shape, []int{1, 3, 8, 8}) {
			t.Errorf("samples %v", shape)
		}
	}
	if slices.Equal(drawn["0"], drawn["3"]) {
		t.Error("all classes are the same")
	}
	if code, err := sample("song_ncsnpp_ve", ""); code != 0 {
		t.Error(err)
	}
	for want, c := range map[string][2]string{
		"--class is missing":             {"dhariwal_edm_cond", ""},
		"has 5 classes, numbered from 0": {"dhariwal_edm_cond", "5"},
		"has no classes":                 {"song_ncsnpp_ve", "1"},
	} {
		if code, err := sample(c[0], c[1]); code == 0 || !strings.Contains(err, want) {
			t.Errorf("%v: %s", c, err)
		}
	}
}
