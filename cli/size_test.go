package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/problem"
)

// TestSize: a network that takes images of any size is opened for those of --size, by a flag or by a problem file.
func TestSize(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "s")
	must(t, "sample", "--prior", "digits8", "--size", "6,10", "--n", "2", "--sampler", `{"kind":"heun","steps":2}`, "--out", out)
	if v, shape := values(t, filepath.Join(out, "samples.npy")); !slices.Equal(shape, []int{2, 1, 6, 10}) || v[0] != v[0] {
		t.Errorf("samples of shape %v, the first value is %v", shape, v[0])
	}
	solve := []string{"solve", "--size", "8,16", "--simulate", "prior", "--op", `{"kind":"block-average","rows":2,"cols":2}`, "--dry-run"}
	text := must(t, append(solve, "--prior", "digits8")...)
	effective := filepath.Join(dir, "problem.json")
	if err := os.WriteFile(effective, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := problem.Open(t.Context(), effective)
	if err != nil || p.Shape.String() != "[1,8,16]" || p.Operator.OutShape().String() != "[1,4,8]" {
		t.Fatalf("%v from\n%s", err, text)
	}
	if again := must(t, "solve", "--problem", effective, "--size", "4,4", "--dry-run"); !strings.Contains(strings.Join(strings.Fields(again), ""), `"size":[4,4]`) {
		t.Errorf("--size beside --problem:\n%s", again)
	}
	for want, args := range map[string][]string{
		"--data is missing: name a file or folder with images of shape [1,16,16]":                              {"eval", "--size", "16,16"},
		"--images is missing: name a file or folder with images of shape [1,16,16]":                            {"logprob", "--size", "16,16"},
		"--size is [0 8]; it must have positive extents, which give at most 16777216 pixels":                   {"sample", "--size", "0,8", "--out", out},
		"--size is [1000000000 1000000000]; it must have positive extents, which give at most 16777216 pixels": {"solve", "--size", "1000000000,1000000000"},
		"ring16: extents are [8 8]; a closed form has its own":                                                 {"sample", "--prior", "ring16", "--size", "8,8", "--out", out},
		"digits8: families: conv-score: config has dims = 2 and the images, of shape [1 8], have 1 axes":       {"sample", "--size", "8", "--out", out},
		"--op: block-average: rows is 2; it must divide the height of [1,7,8]":                                 {"solve", "--size", "7,8", "--simulate", "prior", "--dry-run"},
	} {
		code, _, msg := tweedie(t, args...)
		if code == 0 || !strings.Contains(msg, want) || strings.Count(msg, "\n") != 1 {
			t.Errorf("%v: code %d, %q; want %q", args, code, msg, want)
		}
	}
}
