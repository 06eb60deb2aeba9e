package calibration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"tweedie/checkpoints"
	"tweedie/infer"
	"tweedie/internal/input"
	"tweedie/internal/nonfinite"
)

// state is what a calibration goes on from, as JSON in a file.
type state struct {
	Origin     infer.Origin `json:"origin"` // of the first problem, whose measurement the truths' law, too, follows from
	Statistics []string     `json:"statistics"`
	Cases      []Case       `json:"cases"`
}

// saveEvery bounds how often a state is written while problems are solved faster.
const saveEvery = 2 * time.Second

// stateOf names the run of a state in errors.
const stateOf = "calibration"

// load takes up the state in the file of the config, if there is one. The state of another run is an error.
func (r *run) load(ctx context.Context) error {
	r.saved = time.Now()
	for _, s := range r.statistics {
		r.state.Statistics = append(r.state.Statistics, s.Name)
	}
	if r.c.State == "" {
		return nil
	}
	first, _, err := r.problem(ctx, 0)
	if err != nil {
		return fmt.Errorf("calibrate: %w", err)
	}
	if r.state.Origin, err = infer.NewOrigin(r.m, first, infer.Run{Samples: r.c.Samples, Seed: r.c.Seed}); err != nil {
		return err
	}
	text, err := input.ReadFile(r.c.State, input.MaxText)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var had state
	if json.Unmarshal(text, &had) != nil {
		return infer.NotAState(r.c.State, stateOf)
	}
	if err := r.state.Origin.Resume(r.c.State, had.Origin); err != nil {
		return err
	}
	if !slices.Equal(had.Statistics, r.state.Statistics) || slices.ContainsFunc(had.Cases, func(c Case) bool { return !c.sound(len(r.statistics)) }) {
		return infer.NotAState(r.c.State, stateOf)
	}
	r.state.Cases = had.Cases
	return nil
}

// sound reports whether a case of a state is one of so many statistics.
func (c Case) sound(statistics int) bool {
	in := func(v float64) bool { return v >= 0 && v <= 1 }
	for _, u := range append(slices.Clone(c.Ranks), append(c.Covered, c.MeanRank)...) {
		if !in(u) {
			return false
		}
	}
	numbers := []float64{c.ChiTruth, c.ChiDraws, c.Variance, c.Error}
	if c.PSNR != nil {
		numbers = append(numbers, *c.PSNR)
	}
	return len(c.Ranks) == statistics && len(c.Covered) == levels-1 && c.Distinct >= LeastDraws && c.Distinct <= c.Draws &&
		!slices.ContainsFunc(numbers, nonfinite.Is)
}

// save writes the state, when it is due or must be.
func (r *run) save(must bool) error {
	if r.c.State == "" || len(r.state.Cases) == 0 || !must && time.Since(r.saved) < saveEvery {
		return nil
	}
	text, err := json.Marshal(r.state)
	if err != nil {
		return err
	}
	r.saved = time.Now()
	return checkpoints.AtomicWriteFile(r.c.State, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
