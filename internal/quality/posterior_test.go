package quality

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/eval"
	"tweedie/rng"
)

// save writes normal numbers, plus shift, as an array.
func save(t *testing.T, name string, shape []int, shift float64, seed uint64) string {
	t.Helper()
	n := 1
	for _, e := range shape {
		n *= e
	}
	x := make([]float64, n)
	rng.New(seed).Stream().FillNorm(x)
	for i := range x {
		x[i] += shift
	}
	path := filepath.Join(t.TempDir(), name)
	if err := checkpoints.SaveNPY(path, checkpoints.FromFloat64("x", shape, x)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPosterior(t *testing.T) {
	cfg := eval.DefaultCompare()
	cfg.Directions, cfg.Max = 10, 60
	reference := save(t, "b.npy", []int{200, 1, 2, 3}, 0, 1)
	for shift, want := range map[float64]string{0: "Nothing tells the samples", 2: "The samples are not of the reference's law"} {
		c, err := Posterior(t.Context(), save(t, "a.npy", []int{80, 2, 3}, shift, 3), reference, cfg)
		if err != nil {
			t.Fatal(err)
		}
		text := Table(c)
		if c.Dim != 6 || c.Samples != 80 || c.Reference != 200 || !strings.Contains(text, want) || strings.Count(text, "\n") != 4+len(c.Metrics) {
			t.Errorf("shift %v: %+v\n%s", shift, c, text)
		}
		for _, m := range c.Metrics {
			if metricTitles[m.Name] == "" {
				t.Errorf("metric %s has no title", m.Name)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg.Permutations = 20000
	if _, err := Posterior(ctx, reference, reference, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
	cfg = eval.DefaultCompare()
	for want, paths := range map[string][2]string{
		"--reference: draws have shape [1 2 3], and those of --samples [3 2]": {save(t, "a.npy", []int{80, 3, 2}, 0, 2), reference},
		"no-such.npy": {"no-such.npy", reference},
		"want real":   {reference, save(t, "empty.npy", []int{0, 2}, 0, 2)},
		"10 draws":    {save(t, "few.npy", []int{10, 2, 3}, 0, 2), reference},
	} {
		if _, err := Posterior(t.Context(), paths[0], paths[1], cfg); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}
