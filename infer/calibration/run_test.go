package calibration

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/rng"
)

// short is a calibration of 24 problems.
func short() Config {
	c := Default()
	c.Problems, c.Seed = 24, 5
	return c
}

// text returns a report as JSON.
func text(t *testing.T, rep *Report) string {
	t.Helper()
	raw, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// A run that is stopped goes on from its state with the same bytes, also with one processor, and with more problems than before.
func TestResume(t *testing.T) {
	p, c := field(t, 1), short()
	m := newOracle(t, p)
	want := text(t, calibrated(t, m, p, c))
	if again := text(t, calibrated(t, m, p, c)); again != want {
		t.Error("the same seed gives other bytes")
	}
	state := filepath.Join(t.TempDir(), "state")
	c.State = state
	left := 9
	m.fails = &left
	if rep, err := Run(context.Background(), m, p, c); rep != nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("a run that was stopped: %v, %v", rep, err)
	}
	raw, err := os.ReadFile(state)
	if err != nil || strings.Count(string(raw), "mean_rank") != 9 {
		t.Fatalf("the state does not hold 9 problems: %v", err)
	}
	m.fails = nil
	done := 0
	c.Progress = func(p infer.Progress) { done++ }
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if got := text(t, calibrated(t, m, p, c)); got != want || done != c.Problems-9 {
		t.Errorf("a run that was resumed gives other bytes, or solved %d problems", done)
	}
	c.Problems, done = 30, 0
	more := calibrated(t, m, p, c)
	c.State = ""
	if text(t, more) != text(t, calibrated(t, m, p, c)) || done != 6+30 {
		t.Errorf("more problems from a state give other bytes: %d were solved", done)
	}
}

// A state of another run, or none, is refused by what differs.
func TestStateOfAnotherRun(t *testing.T) {
	p, c := field(t, 1), short()
	m := newOracle(t, p)
	c.State = filepath.Join(t.TempDir(), "state")
	calibrated(t, m, p, c)
	whole, err := os.ReadFile(c.State)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(m infer.Method, p *infer.Problem, c Config, want string) {
		t.Helper()
		if _, err := Run(context.Background(), m, p, c); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v; want %q", err, want)
		}
	}
	other := c
	other.Seed = 6
	refused(m, p, other, "seed is 5 in the state and 6 here")
	other = c
	other.Samples = 40
	refused(m, p, other, "number of samples is 63 in the state and 40 here")
	spoiled := m
	spoiled.Scale = 2
	refused(spoiled, p, c, "method's scale is 1 in the state and 2 here")
	refused(m, measured(t, p.Prior, .1), c, "noise sigma is 0.05 in the state and 0.1 here")
	other = c
	other.Truth = field(t, 2)
	refused(m, p, other, "measurement is 16 numbers of hash")
	for name, bad := range map[string]string{
		"text": "no state", "empty": "", "list": "[1,2]", "null": "null", "cut": string(whole[:len(whole)/2]),
		"few ranks": strings.Replace(string(whole), `"ranks":[`, `"ranks":[0.5,`, 1),
		"beyond":    strings.Replace(string(whole), `"mean_rank":0`, `"mean_rank":7`, 1),
		"draws":     strings.Replace(string(whole), `"distinct_draws":63`, `"distinct_draws":3`, 1),
		"names":     strings.Replace(string(whole), `"random projection 1"`, `"random projection 7"`, 1),
		"version":   strings.Replace(string(whole), `"version":1`, `"version":9`, 1),
	} {
		if bad == string(whole) {
			t.Fatalf("%s: nothing was spoiled", name)
		}
		if err := os.WriteFile(c.State, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(m, p, c, "is not the state of a ")
	}
}

// What cannot be calibrated is refused before time is spent, in one line.
func TestRefused(t *testing.T) {
	p := field(t, 1)
	exactly := newOracle(t, p)
	few, nothing, small := exactly, field(t, 1), field(t, 1)
	few.Few = 7
	nothing.Likelihood = nil
	small.Shape = autodiff.S(64)
	with := func(f func(c *Config)) Config {
		c := short()
		f(&c)
		return c
	}
	for want, c := range map[string]struct {
		m infer.Method
		p *infer.Problem
		c Config
	}{
		"problem 0: calibrate: 7 of 63 draws are distinct; at least 19": {few, p, short()},
		"calibrate: samples is 18; it must lie between 19":              {exactly, p, with(func(c *Config) { c.Samples = 18 })},
		"calibrate: problems is 3; it must lie between 20":              {exactly, p, with(func(c *Config) { c.Problems = 3 })},
		"calibrate: truth_steps is 1; it must lie":                      {exactly, p, with(func(c *Config) { c.Steps = 1 })},
		"calibrate: truth_levels[0] is 3 and truth_levels[1] is 2":      {exactly, p, with(func(c *Config) { c.Levels = [2]float64{3, 2} })},
		"no likelihood": {exactly, nothing, short()},
		"calibrate: truth: infer: the problem has no likelihood":            {exactly, p, with(func(c *Config) { c.Truth = nothing })},
		"calibrate: truth: has images [64] and 16 data, and the problem":    {exactly, p, with(func(c *Config) { c.Truth = small })},
		"problem 0: calibrate: a truth of 64 values and a result of 0 draw": {empty{}, p, short()},
	} {
		rep, err := Run(context.Background(), c.m, c.p, c.c)
		if rep != nil || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, error %v; want %q", rep, err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, exactly, field(t, 1), short()); err != nil {
		t.Errorf("a method that does not look at its context: %v", err) // the oracle, and exact draws, never wait
	}
}

// empty is a method whose results hold nothing.
type empty struct{}

func (empty) Name() string    { return "empty" }
func (empty) Validate() error { return nil }
func (empty) Solve(context.Context, *infer.Problem, infer.Run) (*infer.Result, error) {
	return &infer.Result{}, nil
}

// hidden is a Gaussian whose draws take evaluations, as those of a network.
type hidden struct{ g *exact.Gaussian }

func (h hidden) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return h.g.Denoise(s, u, sigma)
}

// Truths of a prior that only denoises have its law: along directions whose deviation is .02 to 3 of the pixels' the variance is that
// of the prior within 1% and 4 standard errors, N = 4,000, and an image is the same alone and among others.
func TestTruths(t *testing.T) {
	variances := []float64{.02 * .02, .1 * .1, .3 * .3, 1, 9}
	g, err := exact.NewDiagonalGaussian([]float64{0, 1, -1, 2, 0}, variances)
	if err != nil {
		t.Fatal(err)
	}
	p := &infer.Problem{Prior: hidden{g}, Shape: autodiff.S(5), DType: autodiff.F64, Std: 1}
	const n = 4000
	keys := make([]rng.Key, n)
	for i := range keys {
		keys[i] = rng.New(3).Split("truth", i)
	}
	s := newSource(p, Default())
	x, err := s.draw(context.Background(), keys)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range variances {
		mean, square := 0., 0.
		for _, v := range x {
			mean += v[j] / n
		}
		for _, v := range x {
			square += (v[j] - mean) * (v[j] - mean) / (n - 1)
		}
		t.Logf("direction %d: mean %.4f, variance %.4f of the prior's", j, mean, square/want)
		if math.Abs(square/want-1) > .01+4*math.Sqrt(2./n) || math.Abs(mean-g.Mean()[j]) > 4*math.Sqrt(want/n)+.01*math.Sqrt(want) {
			t.Errorf("direction %d has the mean %g and %.4f of the variance", j, mean, square/want)
		}
	}
	alone, err := s.draw(context.Background(), keys[7:8])
	if err != nil || alone[0][3] != x[7][3] {
		t.Errorf("a truth alone is %v, among others %v (%v)", alone, x[7], err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.draw(ctx, keys[:1]); !errors.Is(err, context.Canceled) {
		t.Errorf("a draw goes on after its context: %v", err)
	}
}

// Entries that are missing from the data are missing in all problems, and noise with a sigma for each datum is simulated so.
func TestMissingData(t *testing.T) {
	p := field(t, 1)
	op, err := inverse.Restrict(p.Likelihood.Op, []int{0, 3, 5, 11})
	if err != nil {
		t.Fatal(err)
	}
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .05}, make([]float64, 4))
	if err != nil {
		t.Fatal(err)
	}
	p.Likelihood = lik
	rep := calibrated(t, newOracle(t, p), p, short())
	if rep.Data != 4 || !rep.Calibrated {
		t.Errorf("%d data: %s", rep.Data, rep.Verdict)
	}
}
