package infertest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/infertest"
	"tweedie/internal/testkit"
	"tweedie/layers/layerstest"
)

// rows are the methods of package infer.
func rows() []infertest.Row {
	gibbs := infer.DefaultDPnP()
	gibbs.EtaMax, gibbs.EtaMin, gibbs.Rounds, gibbs.Hold, gibbs.Steps, gibbs.Heun = .4, .02, 100, 20, 10, true
	vi := infer.DefaultDPI()
	vi.Family.Kind, vi.Prior.Kind = "full", "exact"
	vi.Steps, vi.Batch, vi.LR, vi.FinalLR, vi.Check = 1500, 64, 1e-2, 1e-5, 4096
	return []infertest.Row{{Method: gibbs, Std: .06}, {Method: vi}, {Method: infer.DefaultREDDiff(), Samples: 50}}
}

func TestMethods(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.Method.Name(), func(t *testing.T) { infertest.Method(t, r) })
	}
}

// Every exported type of package infer with a Solve method has a row.
func TestEveryMethodHasARow(t *testing.T) {
	types, err := layerstest.Types("..", "Solve")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, r := range rows() {
		name := fmt.Sprintf("%T", r.Method)
		have[name[strings.LastIndex(name, ".")+1:]] = true
	}
	if len(types) < 3 {
		t.Errorf("only %v have a Solve method", types)
	}
	for _, n := range types {
		if !have[n] {
			t.Errorf("%s has no conformance row", n)
		}
	}
}

// wrong is a method that is right but for one thing.
type wrong struct {
	infer.Method
	spoil func(r *infer.Result, run infer.Run)
}

func (w wrong) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	res, err := w.Method.Solve(ctx, p, run)
	if res != nil {
		w.spoil(res, run)
	}
	return res, err
}

func TestSuiteRejects(t *testing.T) {
	gibbs := rows()[0].Method
	for want, spoil := range map[string]func(r *infer.Result, run infer.Run){
		"mean of pixel": func(r *infer.Result, _ infer.Run) {
			for _, x := range r.Samples {
				x[3] += .1
			}
		},
		"standard deviation of pixel": func(r *infer.Result, _ infer.Run) {
			for _, x := range r.Samples {
				x[5] = r.Mean[5] + .7*(x[5]-r.Mean[5])
			}
		},
		"changes with": func(r *infer.Result, run infer.Run) {
			r.Samples[0][0] += 1e-9 * float64(run.Samples)
		},
		"evaluated the prior": func(r *infer.Result, _ infer.Run) { r.Evaluations = 0 },
		"spread is called":    func(r *infer.Result, _ infer.Run) { r.Spread = "uncertainty" },
	} {
		var r testkit.Recorder
		infertest.Method(&r, infertest.Row{Method: wrong{gibbs, spoil}, Std: .06})
		if !strings.Contains(strings.Join(r, "\n"), want) {
			t.Errorf("a method with a wrong %q passed: %q", want, strings.Join(r, "\n"))
		}
	}
}
