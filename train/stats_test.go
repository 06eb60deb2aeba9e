package train

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestStatsAndProgress(t *testing.T) {
	dir := t.TempDir()
	c := toyConfig()
	s := newToy().setup(c, dir)
	var seen []Progress
	s.Progress = func(p Progress) { seen = append(seen, p) }
	if _, err := mustNew(t, s).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	lines := stats(t, dir)
	// A line every 24 images, two steps of 12, and wherever the held-out loss was due, every 100.
	steps := map[int64]bool{}
	for k := int64(1); k <= 60; k++ {
		eval := 12*k/100 > 12*(k-1)/100 || k == 60
		steps[k] = eval
		if !eval && k%2 != 0 {
			delete(steps, k)
		}
	}
	if len(lines) != len(steps) {
		t.Errorf("%d lines, want %d", len(lines), len(steps))
	}
	for _, l := range lines {
		eval, ok := steps[l.Step]
		p := seen[l.Step-1]
		if !ok || (l.HeldOut != nil) != eval || p.Evaluated != eval || l.Loss != p.Loss || l.GradNorm != p.GradNorm || l.LR != c.Rate(l.Step) || l.Images != 12*l.Step {
			t.Errorf("line %+v, progress %+v", l, p)
		}
	}
	if len(seen) != 60 || !math.IsNaN(seen[0].HeldOut) || seen[59].ETA != 0 || seen[30].ETA <= 0 || seen[30].ImagesPerSecond <= 0 || seen[30].Steps != 60 {
		t.Errorf("progress %+v", seen[30])
	}
}

func TestTruncateStats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stats.jsonl")
	if last, err := truncateStats(path, 3); last != 0 || err != nil {
		t.Errorf("no file: %d, %v", last, err)
	}
	const a, b, c = "{\"step\":1,\"loss\":4}\n", "{\"step\":3}\n", "{\"step\":4}\n"
	for text, want := range map[string]string{
		a + b + c:            a + b,
		a + b + "{\"step\":": a + b,
		a + "{\"ste\n" + b:   a,
		c:                    "",
		a + strings.Repeat(b, 1) + "{\"step\":3,\"loss\":1}": a + b,
	} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		last, err := truncateStats(path, 3)
		got, _ := os.ReadFile(path)
		if err != nil || string(got) != want || (want == a+b) != (last == 3) {
			t.Errorf("%q was cut to %q, step %d, want %q: %v", text, got, last, want, err)
		}
	}
	if err := os.WriteFile(path, []byte(a+"half"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadStats(path); err == nil || len(got) != 1 || !strings.Contains(err.Error(), "step 1") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRateForgets(t *testing.T) {
	var r rate
	r.start()
	if r.perSecond() != 0 || r.eta(5) != 0 {
		t.Error("a rate before the first event")
	}
	r.events, r.time = 500, 10
	if r.perSecond() != 50 || r.eta(100) != 2*time.Second {
		t.Errorf("%v a second, %v left", r.perSecond(), r.eta(100))
	}
}
