package problem

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tweedie/infer"
)

// silent is a method that tells nothing of its progress.
type silent struct{ infer.Method }

func (silent) Solve(ctx context.Context, _ *infer.Problem, _ infer.Run) (*infer.Result, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// steady tells of a step whenever it is asked, without evaluations.
type steady struct{ infer.Method }

func (steady) Solve(ctx context.Context, _ *infer.Problem, run infer.Run) (*infer.Result, error) {
	run.Report(infer.Progress{Stage: "step", Done: 1, Total: 10})
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestForecastUnknown: what a run takes is not 0 where the run told nothing; it is left out, with the reason.
func TestForecastUnknown(t *testing.T) {
	p := open(t, t.TempDir(), ring(`[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]`, ""))
	method := p.Method
	for _, m := range []infer.Method{silent{method}, steady{method}} {
		f := &Forecast{}
		p.Method = m
		if err := f.follow(t.Context(), p, time.Millisecond); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		_, unknown := m.(silent)
		if strings.Contains(string(text), `"seconds":`) == unknown || strings.Contains(string(text), `"unknown":"seconds and evaluations of the run: it told of no step`) != unknown {
			t.Errorf("%T: %s", m, text)
		}
	}
}
