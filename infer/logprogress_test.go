package infer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tweedie/infer"
)

// records runs two stages of six and of four reports a second apart and returns the records, "stage done".
func records(t *testing.T, every time.Duration) (out []string) {
	t.Helper()
	var buf bytes.Buffer
	synctest.Test(t, func(*testing.T) {
		report := infer.LogProgress(slog.New(slog.NewJSONHandler(&buf, nil)), every)
		for i, stage := range []string{"round", "step"} {
			for done := range 6 - 2*i {
				report(infer.Progress{Stage: stage, Done: done + 1, Total: 6 - 2*i, Evaluations: int64(done), Loss: float64(i)})
				time.Sleep(time.Second)
			}
		}
	})
	for line := range bytes.Lines(buf.Bytes()) {
		var r struct {
			Msg, Stage, Level string
			Done, Total       int
			Evaluations       int64
			Loss              *float64
		}
		d := json.NewDecoder(bytes.NewReader(line))
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		optimises := r.Stage == "step"
		if r.Msg != "progress" || r.Level != "INFO" || r.Evaluations != int64(r.Done-1) || (r.Loss != nil) != optimises || optimises && *r.Loss != 1 {
			t.Errorf("record %s", line)
		}
		out = append(out, fmt.Sprintf("%s %d/%d", r.Stage, r.Done, r.Total))
	}
	return out
}

// Reports come a second apart; no two records but a stage's last are nearer than the interval.
func TestLogProgress(t *testing.T) {
	for every, want := range map[time.Duration][]string{
		0:                       {"round 1/6", "round 2/6", "round 3/6", "round 4/6", "round 5/6", "round 6/6", "step 1/4", "step 2/4", "step 3/4", "step 4/4"},
		2500 * time.Millisecond: {"round 1/6", "round 4/6", "round 6/6", "step 3/4", "step 4/4"},
		time.Hour:               {"round 1/6", "round 6/6", "step 4/4"},
	} {
		if got := records(t, every); !slices.Equal(got, want) {
			t.Errorf("every %v: %v, want %v", every, got, want)
		}
	}
}
