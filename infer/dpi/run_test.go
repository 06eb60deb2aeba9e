package dpi

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/rng"
)

func quickDPI() DPI {
	m := ringDPI("full", "exact")
	m.Steps, m.Batch, m.Check = 60, 16, 64
	return m
}

// A fit that is cancelled and taken up again equals one that was not.
func TestDPIResumes(t *testing.T) {
	m := quickDPI()
	p, _, _ := cases.Ring(t)
	want, err := m.Solve(context.Background(), p, infer.Run{Samples: 3, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "fit.safetensors")
	ctx, cancel := context.WithCancel(context.Background())
	part, err := m.Solve(ctx, p, infer.Run{Samples: 3, Seed: 4, State: file, Progress: func(p infer.Progress) {
		if p.Done == 25 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || part == nil || part.Samples[0][0] == want.Samples[0][0] {
		t.Fatalf("cancelled run: %v, %v", part, err)
	}
	got, err := m.Solve(context.Background(), p, infer.Run{Samples: 3, Seed: 4, State: file})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got.Samples[2] {
		if v != want.Samples[2][i] {
			t.Fatalf("pixel %d is %v after resuming, %v without", i, v, want.Samples[2][i])
		}
	}
	tail := want.Trace[len(want.Trace)-len(got.Trace):]
	if len(got.Trace) == 0 || !slices.Equal(got.Trace, tail) {
		t.Errorf("objective after resuming %v, without %v", got.Trace, tail)
	}
	p.Likelihood.Y[3] += .1
	var other *infer.OtherRunError
	if _, err := m.Solve(context.Background(), p, infer.Run{Samples: 3, Seed: 4, State: file}); !errors.As(err, &other) {
		t.Errorf("the state of another measurement was taken up: %v", err)
	}
}

// Batch statistics are used only when asked for, and then the result says that log q is not exact.
func TestBatchStatisticsAreDeclared(t *testing.T) {
	p, _, _ := cases.Ring(t)
	for _, ask := range []bool{false, true} {
		m := ringDPI("realnvp", "exact")
		m.Steps, m.Batch, m.Check = 20, 16, 64
		m.Family.BatchNorm, m.Family.BatchStatistics = true, ask
		f, err := m.Family.build(16, rng.New(1), nil)
		if err != nil {
			t.Fatal(err)
		}
		if f.draw.Exact() == ask || f.fit.Exact() {
			t.Errorf("batch statistics %v: log q is exact when drawing %v, when fitting %v", ask, f.draw.Exact(), f.fit.Exact())
		}
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Contains(strings.Join(res.Warnings, " "), "log q"); said != ask {
			t.Errorf("batch statistics %v: warnings %q", ask, res.Warnings)
		}
	}
	m := Default()
	m.Family.BatchStatistics = true
	if m.Validate() == nil {
		t.Error("batch statistics without a batch norm were accepted")
	}
}

// The slope is that of the last third, in nats per 1000 steps, and is zero within its error for a flat noisy trace.
func TestELBOSlope(t *testing.T) {
	noise := rng.New(3).Stream()
	trace := make([]infer.TracePoint, 3000)
	for i := range trace {
		trace[i] = infer.TracePoint{Step: i, Value: 5 - .002*float64(i) + .1*noise.Norm()}
	}
	if s, se := elboSlope(trace); math.Abs(s-2) > 4*se || se > .1 || se <= 0 {
		t.Errorf("slope %.3f ± %.3f, want 2", s, se)
	}
	for i := range trace {
		trace[i].Value = 5 + .1*noise.Norm()
		if i < 2000 {
			trace[i].Value += 100
		}
	}
	if s, se := elboSlope(trace); math.Abs(s) > 4*se {
		t.Errorf("slope of a flat end %.3f ± %.3f", s, se)
	}
	if s, _ := elboSlope(trace[:30]); !math.IsNaN(s) {
		t.Errorf("slope of a run too short to tell is %v", s)
	}
}

// An unfinished fit says so, and so does one whose steps are too few for a slope.
func TestUnconvergedFitSaysSo(t *testing.T) {
	p, _, _ := cases.Ring(t)
	for steps, want := range map[int]string{200: "not converged: the ELBO still changed", 30: "not converged: 30 steps are too few to tell"} {
		m := quickDPI()
		m.LR, m.FinalLR, m.Steps = 1e-3, 1e-3, steps
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(res.Warnings, " "), want) {
			t.Errorf("%d steps: warnings %q", steps, res.Warnings)
		}
	}
}
